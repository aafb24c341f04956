/** What a chain is explained with. */
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

/** Why this chain, with the speed it should have. */
export function sentenceFor(facts: ChainFacts): string {
  const sentence = expecting(why(facts), facts.predictedMs);
  if (!facts.sharesIdentity) return sentence;
  return `${sentence} Several stages are tabs of one browser profile, which leave together: nothing else covers the model.`;
}

export function expecting(why: string, predictedMs: number): string {
  return `${why}: ${speedOf(predictedMs)} expected.`;
}

function why({ predictedMs, stageCount, stagesMin, aloneMs, hasChoice }: ChainFacts): string {
  if (stageCount === 1) {
    return hasChoice
      ? 'One volunteer runs the whole model, and more stages would not be faster'
      : 'One volunteer runs the whole model';
  }
  if (stageCount <= stagesMin) return `Spread over ${stageCount} volunteers as asked`;
  if (aloneMs === undefined) {
    return `No volunteer can run the whole model: these ${stageCount} are the fastest that cover it`;
  }
  // Measured since, it may be otherwise.
  const are = predictedMs < aloneMs ? 'are' : 'seemed';
  return `These ${stageCount} volunteers ${are} faster together than one alone (${speedOf(aloneMs)})`;
}

function speedOf(ms: number): string {
  const perSecond = 1000 / Math.max(ms, 0.01);
  return `about ${perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond)} tokens/s`;
}
