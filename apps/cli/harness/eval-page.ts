import type { Candidates } from '@manyhands/engine/stage';
import type { EvalRun, EvalRunRequest } from './eval-harness.ts';
import { resultOf } from './harness-result.ts';
import { createStageChain, type StageChain } from './stage-chain.ts';

let chain: StageChain | undefined;

window.evalHarness = {
  load: (request) =>
    resultOf(async () => {
      await chain?.dispose();
      chain = undefined;
      chain = await createStageChain(request);
      return chain.loaded;
    }),
  run: (request) =>
    resultOf(async () => {
      if (!chain) throw new Error('load a model first');
      return await runGreedy(chain, request);
    }),
  unload: async () => {
    await chain?.dispose();
    chain = undefined;
  },
};

/** Prefill in chunks, then one step for each further token, always taking the likeliest. */
async function runGreedy(stages: StageChain, request: EvalRunRequest): Promise<EvalRun> {
  const { tokens, generate, prefillTokensMax, wire } = request;
  const greedy: number[] = [];
  const top: [number, number][][] = [];
  const take = (candidates: Candidates) => {
    if (top.length < request.topPositions) top.push(likeliest(candidates, request.top));
    greedy.push(candidates.tokenIds[0] as number);
  };

  await stages.open(tokens.length + generate - 1);
  try {
    const startedAt = performance.now();
    for (let position = 0; position < tokens.length; position += prefillTokensMax) {
      const tokenIds = tokens.slice(position, position + prefillTokensMax);
      const isLast = position + tokenIds.length === tokens.length;
      const step = { position, tokenIds, headRows: isLast ? 1 : 0, wire };
      const candidates = await stages.step(step);
      if (isLast) take(candidates);
    }
    const prefilledAt = performance.now();
    while (greedy.length < generate) {
      const position = tokens.length + greedy.length - 1;
      const tokenIds = greedy.slice(-1);
      take(await stages.step({ position, tokenIds, headRows: 1, wire }));
    }
    const decodedAt = performance.now();
    return {
      greedy,
      top,
      prefillMs: prefilledAt - startedAt,
      decodeMs: decodedAt - prefilledAt,
      dispatchesPerToken: await stages.dispatchCount(),
    };
  } finally {
    await stages.close();
  }
}

/** Candidates of the first row as `[token id, probability]`, likeliest first. */
function likeliest(candidates: Candidates, count: number): [number, number][] {
  const { tokenIds, logits, logSumExp, candidateCount } = candidates;
  return Array.from({ length: Math.min(count, candidateCount) }, (_, index) => [
    tokenIds[index] as number,
    Math.exp((logits[index] as number) - (logSumExp[0] as number)),
  ]);
}
