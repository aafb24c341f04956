/** What this browser offers, read once and without touching the GPU. */
export interface Environment {
  /** WebGPU, WebCrypto and OPFS exist only on https and on localhost. */
  readonly isSecureContext: boolean;
  readonly hasWebGpu: boolean;
  readonly hasWebRtc: boolean;
  /** Gigabytes, where the browser tells (rounded and at most 8). */
  readonly deviceMemoryGb: number | undefined;
}

export function readEnvironment(scope: typeof globalThis): Environment {
  const { navigator } = scope;
  const memory = (navigator as { deviceMemory?: unknown }).deviceMemory;
  return {
    isSecureContext: scope.isSecureContext,
    hasWebGpu: 'gpu' in navigator && navigator.gpu !== undefined,
    hasWebRtc: 'RTCPeerConnection' in scope,
    deviceMemoryGb: typeof memory === 'number' ? memory : undefined,
  };
}
