import type { StageRange } from '@manyhands/engine/stage';
import type { BackendChoice } from '@manyhands/engine/worker/choose-backend';
import type { LoadedStage, LoadProgress } from '@manyhands/engine/worker/engine-api';
import type { ActivationType } from '@manyhands/protocol/activation';
import type { HarnessResult } from './harness-result.ts';

export interface EvalLoadRequest {
  readonly modelRoot: string;
  readonly manifestUrl: string;
  readonly sourceUrl: string;
  /** In order: the first embeds, the last heads. */
  readonly stages: readonly StageRange[];
  readonly backend: BackendChoice;
  /** Of products within a stage. */
  readonly activations: 'f32' | 'auto';
  readonly stepTimeoutMs: number;
}

export type EvalLoaded = Pick<LoadedStage, 'adapter' | 'backend' | 'numericClass'>;

export interface EvalRunRequest {
  readonly tokens: readonly number[];
  /** Greedy tokens to generate, end-of-text tokens or not. */
  readonly generate: number;
  /** Most likely tokens to report for each of the first `topPositions` generated positions. */
  readonly top: number;
  readonly topPositions: number;
  readonly prefillTokensMax: number;
  /** How hidden states cross from stage to stage. */
  readonly wire: ActivationType;
}

export interface EvalRun {
  readonly greedy: readonly number[];
  readonly top: readonly (readonly (readonly [tokenId: number, probability: number])[])[];
  readonly prefillMs: number;
  /** Over `generate - 1` steps of one token. */
  readonly decodeMs: number;
  /** Recorded by all stages for the last token. */
  readonly dispatchesPerToken: number;
}

/** What the page puts on `window` for Playwright to call. */
export interface EvalHarness {
  load(request: EvalLoadRequest): Promise<HarnessResult<EvalLoaded>>;
  run(request: EvalRunRequest): Promise<HarnessResult<EvalRun>>;
  unload(): Promise<void>;
}

/** Bytes of weights loaded by one stage so far; Node exposes the function that takes it. */
export type ReportLoadProgress = (stageIndex: number, progress: LoadProgress) => void;

declare global {
  interface Window {
    evalHarness?: EvalHarness;
    reportLoadProgress?: ReportLoadProgress;
  }
}
