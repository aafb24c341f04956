/** What this browser offers, read once and without touching the GPU. */
export interface Environment {
  /** WebGPU, WebCrypto and OPFS exist only on https and on localhost. */
  readonly isSecureContext: boolean;
  readonly hasWebGpu: boolean;
  /** The processor can compute where the GPU cannot. */
  readonly hasWasmSimd: boolean;
  readonly hasWebRtc: boolean;
  /** Gigabytes, where the browser tells (rounded and at most 8). */
  readonly deviceMemoryGb: number | undefined;
}

/** `(func (result v128) i32.const 0 i8x16.splat)`: refused where the engine has no SIMD. */
const SIMD_MODULE = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b],
  ...[0x03, 0x02, 0x01, 0x00, 0x0a, 0x08, 0x01, 0x06, 0x00, 0x41, 0x00, 0xfd, 0x0f, 0x0b],
);

export function readEnvironment(scope: typeof globalThis): Environment {
  const { navigator } = scope;
  const memory = (navigator as { deviceMemory?: unknown }).deviceMemory;
  return {
    isSecureContext: scope.isSecureContext,
    hasWebGpu: 'gpu' in navigator && navigator.gpu !== undefined,
    hasWasmSimd: typeof WebAssembly === 'object' && WebAssembly.validate(SIMD_MODULE),
    hasWebRtc: 'RTCPeerConnection' in scope,
    deviceMemoryGb: typeof memory === 'number' ? memory : undefined,
  };
}
