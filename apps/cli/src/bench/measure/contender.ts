import type { TimingPlan, Timings } from './time-contender.ts';

/** Something that runs a decoder: ours or a rival, driven the same way. */
export interface Contender {
  /** What it computes with, for the report. */
  readonly detail: string;
  /** Called outside of any timing with every token that will be used. */
  prepare(tokenIds: readonly number[]): Promise<void>;
  /** Forgets what it was told; the next step starts at position 0. */
  reset(): Promise<void>;
  /** One forward pass of tokens that follow the earlier ones; resolves when the answer can be read. */
  step(tokenIds: readonly number[]): Promise<Answer>;
  /** Milliseconds of rounds in which a session for each token decodes one; ours only. */
  readonly decodeTogether?: (tokenIds: readonly number[], plan: TimingPlan) => Promise<number[]>;
  /** For engines that cannot be driven token by token and time themselves. */
  readonly time?: (plan: TimingPlan) => Promise<Timings>;
  dispose(): Promise<void>;
}

/** What is likely after the last token of a step; `undefined` where it has no head. */
export interface Answer {
  /** The likeliest tokens, likeliest first. */
  top(count: number): Promise<number[]>;
  /** Natural logarithms of probabilities; `null` where a contender tells none for that token. */
  logProbs(tokenIds: readonly number[]): Promise<(number | null)[]>;
}

/** Runs of blocks only tell what a block costs; the whole adds embedding and head. */
export type Part = 'whole' | 'blocks';
