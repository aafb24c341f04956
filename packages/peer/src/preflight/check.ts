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
  /** What was found, in a sentence. */
  readonly text: string;
  /** What to do about it. */
  readonly remedy?: string;
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
