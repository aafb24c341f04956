import { DRAFT_TOKENS_MAX } from '../limits.ts';
import type { Chain } from './chain.ts';
import { createDraftPolicy, type DraftPolicy } from './draft-policy.ts';
import { createPromptLookup, type Draft } from './prompt-lookup.ts';
import type { CandidateRow } from './sampler.ts';

/**
 * One row for the last token of the context, and one for each drafted token. A row counts only where
 * every token before it came as drafted.
 */
export interface DraftedStep {
  readonly rows: readonly CandidateRow[];
  readonly draft: readonly number[];
}

/** Decode steps of one answer, with drafted tokens where that is faster. */
export interface DraftedSteps {
  /** Runs the last token of the context, which was never run before. */
  run(chain: Chain): Promise<DraftedStep>;
  /** Drafted tokens that were verified, and those of them that were right. */
  counts(): { readonly draftedTokens: number; readonly acceptedTokens: number };
}

export interface DraftedStepsOptions {
  /** The context as it grows; nobody else may take tokens away. */
  readonly contextIds: readonly number[];
  /** The answer ends here at the latest. */
  readonly positionsMax: number;
  readonly isDrafting: boolean;
  readonly createPolicy?: (() => DraftPolicy) | undefined;
}

/**
 * Drafts change how many passes an answer takes, never what it says: each token is sampled from the
 * candidates of its own position, as it would be without. What was run in vain is written over by the
 * next step, whose position lies before it.
 */
export function createDraftedSteps(options: DraftedStepsOptions): DraftedSteps {
  const { contextIds, positionsMax, isDrafting, createPolicy = createDraftPolicy } = options;
  const lookup = createPromptLookup(contextIds);
  let policy = createPolicy();
  let measured: Chain | undefined;
  /** What the last step guessed, ran and began at, until it is known what came. */
  let pending: { guess: Draft | undefined; runCount: number; end: number } | undefined;
  let draftedTokens = 0;
  let acceptedTokens = 0;

  const settle = (): void => {
    if (!pending) return;
    const { guess, runCount, end } = pending;
    pending = undefined;
    const isRight: boolean[] = [];
    for (const [index, tokenId] of guess?.tokenIds.entries() ?? []) {
      const came = contextIds[end + index];
      if (came === undefined) break;
      isRight.push(came === tokenId);
      if (came !== tokenId) break;
    }
    acceptedTokens += isRight.slice(0, runCount).filter(Boolean).length;
    if (guess) policy.judge(guess.matchedTokens, isRight);
  };

  return {
    async run(chain) {
      settle();
      // Another chain costs what it costs; what was learnt of the text goes with the old one.
      if (measured !== chain) policy = createPolicy();
      measured = chain;
      const end = contextIds.length;
      // The last row of a step yields a token as well, so the answer's last one is never drafted.
      const room = Math.min(DRAFT_TOKENS_MAX, positionsMax - end - 1);
      const guess = isDrafting ? lookup.propose(room) : undefined;
      const draft = guess ? guess.tokenIds.slice(0, policy.choose(guess)) : [];
      const startedMs = performance.now();
      const last = contextIds.slice(end - 1);
      const rows = await chain.run([...last, ...draft], end - 1, 1 + draft.length);
      policy.took(rows.length, performance.now() - startedMs);
      draftedTokens += draft.length;
      pending = { guess, runCount: draft.length, end };
      return { rows, draft };
    },
    counts() {
      settle();
      return { draftedTokens, acceptedTokens };
    },
  };
}
