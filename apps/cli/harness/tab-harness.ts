import type { LoadProgress } from '@manyhands/engine/worker/engine-api';
import type { Peer, PeerOptions } from '@manyhands/peer/create-peer';
import type { AnswerEvent, AnswerRequest } from '@manyhands/peer/requester/answer';
import type { EmbeddingProvenance, EmbedOptions } from '@manyhands/peer/requester/embeddings';
import type { VolunteerOptions, VolunteerState } from '@manyhands/peer/volunteer/volunteer-state';
import type { HarnessResult } from './harness-result.ts';

/** Vectors as they cross to Node. */
export interface HarnessEmbeddings {
  readonly dimension: number;
  readonly vectors: readonly (readonly number[])[];
  readonly tokenCount: number;
  readonly provenance: readonly EmbeddingProvenance[];
  /** From the call to its result. */
  readonly elapsedMs: number;
}

/** What became of a report. */
export type HarnessReport = Awaited<ReturnType<Peer['report']>>;

export interface HarnessJoinOptions
  extends Pick<PeerOptions, 'iceTransportPolicy' | 'relays' | 'paths' | 'connectTimeoutMs'> {
  readonly circle?: HarnessCircle;
  /** Tokens that this tab answers with whatever it is asked. */
  readonly recites?: readonly number[];
}

/** A circle to be in, by its invitation. */
export interface HarnessCircle {
  readonly invite: string;
  /** Not really: the key is another one, and this is what somebody saw at the relay. */
  readonly posing?: { readonly blindedRoot: string; readonly membership: string };
}

/** What a tab of a demo or of an end-to-end test puts on `window` for Playwright to call. */
export interface TabHarness {
  /** Joins the swarm of the relay that served the page; returns the peer id. */
  join(
    identity?: PeerOptions['identity'],
    options?: HarnessJoinOptions,
  ): Promise<HarnessResult<string>>;
  /** Resolves when serving. */
  volunteer(options: VolunteerOptions): Promise<HarnessResult<null>>;
  volunteerState(): VolunteerState;
  stopVolunteering(): Promise<HarnessResult<null>>;
  /** Resolves when this many volunteers hold the model and each block is covered. */
  awaitVolunteers(modelRoot: string, count: number): Promise<HarnessResult<null>>;
  /** Streams to `reportAnswerEvent`; resolves when the answer is over, however it ended. */
  answer(request: AnswerRequest): Promise<HarnessResult<null>>;
  embed(
    texts: readonly string[],
    options: Omit<EmbedOptions, 'signal'>,
  ): Promise<HarnessResult<HarnessEmbeddings>>;
  report(report: Parameters<Peer['report']>[0]): Promise<HarnessResult<HarnessReport>>;
  /** Stops the answer that runs. */
  abortAnswer(): void;
  leave(): Promise<void>;
}

declare global {
  interface Window {
    tabHarness?: TabHarness;
    /** Functions that Node exposes. */
    reportVolunteerProgress?: (progress: LoadProgress) => void;
    reportAnswerEvent?: (event: AnswerEvent) => Promise<void>;
  }
}
