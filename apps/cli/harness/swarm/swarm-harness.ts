import type { StageRange } from '@manyhands/engine/stage';
import type { Answer, AnswerRequest } from '@manyhands/peer/requester/answer';
import type { VolunteerState } from '@manyhands/peer/volunteer/volunteer-state';
import type { HarnessResult } from '../harness-result.ts';
import type { LinkShape } from './link-shaper.ts';

/** An answer with its times, on the clock that all processes of this machine share. */
export interface TimedAnswer {
  readonly answer: Answer;
  readonly startedAtMs: number;
  readonly prefilledAtMs: readonly number[];
  readonly tokenAtMs: readonly number[];
  readonly repairAtMs: readonly number[];
}

/** What a page tells Node while an answer runs: enough to disturb it at the right moment. */
export type Moment =
  | { readonly type: 'chain'; readonly peerIds: readonly string[] }
  | { readonly type: 'prefill'; readonly count: number }
  | { readonly type: 'token'; readonly count: number }
  | { readonly type: 'repair'; readonly count: number };

export interface AskOptions {
  /** Moments worth a call to Node; without it the page calls nobody. */
  readonly moments?: { readonly prefills: readonly number[]; readonly tokens: readonly number[] };
}

/** What the stage's engine did, as the page that drives it saw it. */
export interface StepTimes {
  /** Milliseconds of steps of one row, alone in their pass or not. */
  readonly oneRowMs: readonly number[];
}

/** A tab whose volunteer computes with a stand-in; what Playwright calls. */
export interface SwarmHarness {
  join(): Promise<HarnessResult<string>>;
  volunteer(modelRoot: string, range: StageRange): Promise<HarnessResult<null>>;
  volunteerState(): VolunteerState;
  stopVolunteering(): Promise<HarnessResult<null>>;
  /** Resolves when exactly this many volunteers are in the directory and the model is covered. */
  awaitVolunteers(modelRoot: string, count: number): Promise<HarnessResult<null>>;
  ask(request: AnswerRequest, options?: AskOptions): Promise<HarnessResult<TimedAnswer>>;
  shape(change: Partial<LinkShape>): void;
  takeDelays(): readonly number[];
  takeTurnarounds(): readonly number[];
  takeTrips(): readonly number[];
  takeSteps(): StepTimes;
  /** Leaves the swarm as a closed tab does. */
  leave(): void;
}

declare global {
  interface Window {
    swarmHarness?: SwarmHarness;
    /** A function that Node exposes. */
    reportMoment?: (moment: Moment) => void;
  }
}
