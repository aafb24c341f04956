import type { ProviderChoice } from '@manyhands/engine/onnx/embedding-api';
import type { StageRange } from '@manyhands/engine/stage';
import type { BackendReason } from '@manyhands/engine/worker/backend-reason';
import type { BackendChoice, BackendKind } from '@manyhands/engine/worker/choose-backend';
import type { AdapterReport, LoadProgress } from '@manyhands/engine/worker/engine-api';
import type { PlacementWhy } from '@manyhands/protocol/placement-why';
import type { MeasuredSpeed } from '@manyhands/protocol/relay-message';
import type { ErrorReport } from '../error-report.ts';
import type { Pause } from './choose-pause.ts';
import type { RecoveryReason } from './plan-recovery.ts';

export interface VolunteerOptions {
  /** Only this model, or whatever the relay proposes. */
  readonly modelRoot?: string;
  /** Exactly this range instead of a proposal (tests and `demo`). Needs `modelRoot`. */
  readonly range?: StageRange;
  readonly memoryBytesMax: number;
  /** 0.05 to 1: the fraction of time the GPU or the processor may be kept busy. */
  readonly gpuShare: number;
  /** Default `auto`: whatever is faster. */
  readonly backend?: BackendChoice;
  /** Threads of the processor, where it computes. Default: half of what the device has. */
  readonly threadsMax?: number | undefined;
  /** What this browser measured when it served before, if anything: the relay places it better then. */
  readonly measured?: MeasuredSpeed;
  /** Default `auto`: rounded where that is faster and as good. Comparisons want `f32`. */
  readonly activations?: 'f32' | 'auto';
}

/** One step that the held stage has just run for somebody: what flows through it, and nothing of what it says. */
export interface StageWork {
  /** A part of a prompt, one token (or one with drafts), or rows again after a loss. */
  readonly kind: 'prefill' | 'decode' | 'replay';
  /** What the session uses of the stage. */
  readonly firstBlock: number;
  readonly endBlock: number;
  readonly embeds: boolean;
  readonly heads: boolean;
  /** It came from who asks, and not from the stage before. */
  readonly isFromRequester: boolean;
  readonly tokenCount: number;
}

/** Why something is held: as the relay chose it, by hand, or in the English words of an older relay. */
export type Placement =
  | PlacementWhy
  | { readonly code: 'by-hand' }
  | { readonly code: 'told'; readonly text: string };

/** Everything the Contribute page shows; replaced as a whole on every change. */
export interface VolunteerState {
  readonly phase:
    | 'idle'
    | 'probing'
    | 'choosing'
    | 'loading'
    | 'serving'
    /** A pause has begun: takes nothing new, what runs may end. */
    | 'draining'
    /** Out of the directory; what was loaded stays loaded. */
    | 'paused'
    | 'recovering'
    | 'stopping'
    | 'stopped'
    | 'failed';
  readonly error?: ErrorReport;
  /** Why it drains or pauses. */
  readonly pause?: Pause | undefined;
  /** Why the stage is being loaded again, and how many times it was. */
  readonly setback?: RecoveryReason;
  readonly recoveries: number;
  /** Why this is held. */
  readonly placement?: Placement;
  readonly modelRoot?: string;
  /** The kind of job: blocks of a chain, or a whole model that turns texts into vectors. */
  readonly job?: 'blocks' | 'embedding';
  readonly range?: StageRange;
  readonly blockCount?: number;
  readonly backend?: BackendKind;
  /** Of the processor; 0 where the GPU computes. */
  readonly threadCount?: number;
  /** Why this one computes. */
  readonly backendReason?: BackendReason;
  /** Which provider runs a whole model, and why. */
  readonly provider?: ProviderChoice;
  readonly adapter?: AdapterReport;
  readonly progress?: LoadProgress;
  readonly numericClass?: string;
  readonly msPerBlock?: number;
  readonly weightBytes: number;
  readonly kvBytes: number;
  /** Open sessions, or requests that wait or run. */
  readonly sessionCount: number;
  readonly linkCount: number;
  /** Rows (tokens) this stage has computed since it started. */
  readonly tokensServed: number;
  /** Sessions and requests that it computed something for since it started. */
  readonly answersHelped?: number;
  /** How long the device computed since it started; the rests that the share asks for are left out. */
  readonly busyMs?: number;
  /** Texts turned into vectors since it started. */
  readonly textsServed?: number;
  /** Over the last ten seconds in which it worked; undefined before the first step. */
  readonly tokensPerSecond?: number;
  readonly bytesSent: number;
  /** Of frames and texts for the work; what was downloaded is in `progress`. */
  readonly bytesReceived: number;
  readonly servingSinceMs?: number;
  readonly isRelayConnected: boolean;
}

/** A tab that serves. Nothing is downloaded or computed before `start`, which only a person's click calls. */
export interface Volunteer {
  readonly state: VolunteerState;
  subscribe(listener: (state: VolunteerState) => void): () => void;
  /** Hears of each step of a stage when it was run. */
  watchWork(listener: (work: StageWork) => void): () => void;
  /**
   * Resolves when it serves, or pauses with all loaded; rejects with a coded error (also in
   * `state.error`). A pause that is on already is waited out before anything is loaded.
   */
  start(options: VolunteerOptions): Promise<void>;
  setGpuShare(gpuShare: number): void;
  /** Pauses, goes on, or gives another reason. Pausing drains; going on is instant. */
  setPause(pause: Pause | undefined): void;
  /**
   * Takes nothing new, lets running answers end within a bound, says goodbye and frees the GPU. Called
   * again while it waits for them, or `atOnce`, it resolves within a second.
   */
  stop(how?: 'draining' | 'at-once'): Promise<void>;
}
