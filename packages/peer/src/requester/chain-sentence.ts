import type { ChainReason } from '@manyhands/planner/chain-reason';

/** The reason in English, for whoever has no words of their own. */
export function writeChainReason(reason: ChainReason): string {
  const { predictedMs, sharesIdentity } = reason;
  const speed = predictedMs === undefined ? '' : `: ${speedOf(predictedMs)} expected`;
  const sentence = `${why(reason)}${speed}.`;
  if (!sharesIdentity) return sentence;
  return `${sentence} Several stages are tabs of one browser profile, which leave together: nothing else covers the model.`;
}

function why(reason: ChainReason): string {
  switch (reason.code) {
    case 'alone':
      return reason.hasChoice
        ? 'One volunteer runs the whole model, and more stages would not be faster'
        : 'One volunteer runs the whole model';
    case 'spread':
      return `Spread over ${reason.stageCount} volunteers as asked`;
    case 'none-alone':
      return `No volunteer can run the whole model: these ${reason.stageCount} are the fastest that cover it`;
    case 'together': {
      const { predictedMs = 0, aloneMs, stageCount } = reason;
      const are = predictedMs < aloneMs ? 'are' : 'seemed';
      return `These ${stageCount} volunteers ${are} faster together than one alone (${speedOf(aloneMs)})`;
    }
    case 'repaired': {
      const who = reason.newCount === 1 ? 'Another volunteer takes' : 'Other volunteers take';
      return `${who} the lost blocks; the others go on`;
    }
    default:
      return reason satisfies never;
  }
}

function speedOf(ms: number): string {
  const perSecond = 1000 / Math.max(ms, 0.01);
  return `about ${perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond)} tokens/s`;
}
