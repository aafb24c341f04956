export type CheckId =
  | 'secure-context'
  | 'compute'
  | 'gpu'
  | 'webrtc'
  | 'nat'
  | 'local-network'
  | 'storage'
  | 'memory'
  | 'battery'
  | 'visibility';

/** One thing that decides whether, or how well, this browser can contribute. */
export interface CheckResult {
  readonly id: CheckId;
  /** `problem`: contributing will not work. `unknown`: the browser does not tell, or it was not asked. */
  readonly level: 'ok' | 'warning' | 'problem' | 'unknown';
  /** What was found; whoever shows it has the words, and what to do about it. */
  readonly finding: Finding;
  readonly values?: FindingValues;
}

export interface FindingValues {
  /** Of a GPU, as the browser gives it; empty where it has none. */
  readonly name?: string;
  readonly memoryGb?: number;
  readonly freeBytes?: number;
}

type Verdicts = Readonly<Record<string, Pick<CheckResult, 'id' | 'level'>>>;

/** Everything a check can come to. */
export const VERDICTS = {
  secure: { id: 'secure-context', level: 'ok' },
  insecure: { id: 'secure-context', level: 'problem' },
  simd: { id: 'compute', level: 'ok' },
  'gpu-only': { id: 'compute', level: 'warning' },
  'no-compute': { id: 'compute', level: 'problem' },
  webgpu: { id: 'gpu', level: 'ok' },
  gpu: { id: 'gpu', level: 'ok' },
  'no-webgpu': { id: 'gpu', level: 'warning' },
  'no-adapter': { id: 'gpu', level: 'warning' },
  'software-adapter': { id: 'gpu', level: 'warning' },
  webrtc: { id: 'webrtc', level: 'ok' },
  'no-webrtc': { id: 'webrtc', level: 'problem' },
  'webrtc-blocked': { id: 'webrtc', level: 'problem' },
  'no-nat': { id: 'nat', level: 'ok' },
  'stable-nat': { id: 'nat', level: 'ok' },
  'symmetric-nat-with-turn': { id: 'nat', level: 'ok' },
  'symmetric-nat': { id: 'nat', level: 'warning' },
  'udp-blocked-with-turn': { id: 'nat', level: 'warning' },
  'udp-blocked': { id: 'nat', level: 'warning' },
  'few-stun-servers': { id: 'nat', level: 'unknown' },
  'no-stun-server': { id: 'nat', level: 'unknown' },
  'no-relay': { id: 'nat', level: 'unknown' },
  'nat-not-asked': { id: 'nat', level: 'unknown' },
  'no-local-permission': { id: 'local-network', level: 'unknown' },
  'local-granted': { id: 'local-network', level: 'ok' },
  'local-prompt': { id: 'local-network', level: 'ok' },
  'local-denied': { id: 'local-network', level: 'warning' },
  kept: { id: 'storage', level: 'ok' },
  'kept-with-room': { id: 'storage', level: 'ok' },
  'little-room': { id: 'storage', level: 'warning' },
  'nothing-kept': { id: 'storage', level: 'warning' },
  memory: { id: 'memory', level: 'ok' },
  'little-memory': { id: 'memory', level: 'warning' },
  'memory-untold': { id: 'memory', level: 'unknown' },
  'plugged-in': { id: 'battery', level: 'ok' },
  'on-battery': { id: 'battery', level: 'warning' },
  'battery-untold': { id: 'battery', level: 'unknown' },
  'in-front': { id: 'visibility', level: 'ok' },
  hidden: { id: 'visibility', level: 'warning' },
} as const satisfies Verdicts;

/** `late`: the browser did not answer in time, whatever was asked. */
export type Finding = keyof typeof VERDICTS | 'late';

/** The result that a finding is. */
export function found(finding: keyof typeof VERDICTS, values?: FindingValues): CheckResult {
  return { ...VERDICTS[finding], finding, ...(values && { values }) };
}

/** What the checks look at; `globalThis` of a page. */
export type PreflightScope = Pick<typeof globalThis, 'isSecureContext'> & {
  readonly document: Pick<Document, 'visibilityState'>;
  readonly navigator: Partial<Navigator> & {
    readonly deviceMemory?: number;
    readonly getBattery?: () => Promise<{ readonly charging: boolean }>;
  };
  readonly RTCPeerConnection?: typeof RTCPeerConnection;
};
