/** Why a chain, as a code with its figures: who shows it makes a sentence in the reader's language. */
export type ChainReason = ChainWhy & {
  /** Milliseconds from one decoded token to the next, where it is known. */
  readonly predictedMs?: number;
  /** Several stages are tabs of one browser profile, which leave together: nothing else covers the model. */
  readonly sharesIdentity?: true;
};

export type ChainWhy =
  /** One volunteer runs the whole model. `hasChoice`: others could serve too, and more stages are not faster. */
  | { readonly code: 'alone'; readonly hasChoice: boolean }
  /** Spread over as many volunteers as were asked for. */
  | { readonly code: 'spread'; readonly stageCount: number }
  /** No volunteer can run the whole model: these are the fastest that cover it. */
  | { readonly code: 'none-alone'; readonly stageCount: number }
  /** Faster than one alone, who would take `aloneMs` a token. Measured since, it may be otherwise. */
  | { readonly code: 'together'; readonly stageCount: number; readonly aloneMs: number }
  /** So many volunteers took the lost blocks; the others of the chain went on. */
  | { readonly code: 'repaired'; readonly newCount: number };

/** What is known of a chain that was chosen as a whole. */
export interface ChainFacts {
  readonly predictedMs: number;
  readonly stageCount: number;
  readonly stagesMin: number;
  /** Of the fastest volunteer that could do it alone, if there is one. */
  readonly aloneMs: number | undefined;
  /** Others could have served too. */
  readonly hasChoice: boolean;
  readonly sharesIdentity: boolean;
}

export function reasonOf(facts: ChainFacts): ChainReason {
  const { predictedMs, sharesIdentity } = facts;
  return { ...whyOf(facts), predictedMs, ...(sharesIdentity && { sharesIdentity }) };
}

function whyOf({ stageCount, stagesMin, aloneMs, hasChoice }: ChainFacts): ChainWhy {
  if (stageCount === 1) return { code: 'alone', hasChoice };
  if (stageCount <= stagesMin) return { code: 'spread', stageCount };
  if (aloneMs === undefined) return { code: 'none-alone', stageCount };
  return { code: 'together', stageCount, aloneMs };
}
