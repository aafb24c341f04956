import type { Stage, StageRange, StepResult } from '../stage.ts';
import type { Prediction } from './golden.ts';

/** Stages of one model, in order, each with the range it was loaded with. */
export type StageChain = readonly Stage[];

/** Greedy text from a chain in one place: what a requester does, without the network. */
export async function generate(
  chain: StageChain,
  tokens: readonly number[],
  count: number,
): Promise<Prediction[]> {
  const sessionId = 'generate';
  const positionsMax = tokens.length + count;
  try {
    for (const stage of chain) {
      await stage.openSession(sessionId, { ...stage.range, positionsMax });
    }
    const predictions: Prediction[] = [];
    let input = Uint32Array.from(tokens);
    let position = 0;
    while (predictions.length < count) {
      const prediction = toPrediction(await stepChain(chain, sessionId, position, input));
      predictions.push(prediction);
      position += input.length;
      input = Uint32Array.of(prediction.greedy);
    }
    return predictions;
  } finally {
    for (const stage of chain) stage.closeSession(sessionId);
  }
}

/** `stageCount` ranges that cover the model as evenly as they can. */
export function splitRanges(blockCount: number, stageCount: number): StageRange[] {
  return Array.from({ length: stageCount }, (_, i) => ({
    firstBlock: Math.round((i * blockCount) / stageCount),
    endBlock: Math.round(((i + 1) * blockCount) / stageCount),
    embeds: i === 0,
    heads: i === stageCount - 1,
  }));
}

async function stepChain(
  chain: StageChain,
  sessionId: string,
  position: number,
  tokenIds: Uint32Array<ArrayBuffer>,
): Promise<StepResult> {
  const base = { sessionId, position, tokenCount: tokenIds.length };
  let result: StepResult = {};
  for (const stage of chain) {
    const input = stage.range.embeds ? { tokenIds } : result;
    result = await stage.step({ ...base, ...input, headRows: stage.range.heads ? 1 : 0 });
  }
  return result;
}

function toPrediction({ candidates }: StepResult): Prediction {
  if (candidates === undefined) throw new RangeError('the last stage of the chain has no head');
  const { tokenIds, logits, logSumExp } = candidates;
  return {
    greedy: tokenIds[0] as number,
    logProbability(tokenId) {
      const place = tokenIds.indexOf(tokenId);
      if (place === -1) return undefined;
      return (logits[place] as number) - (logSumExp[0] as number);
    },
  };
}
