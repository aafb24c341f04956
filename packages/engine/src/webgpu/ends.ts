import type { Dispatch } from './dispatch.ts';
import {
  candidateParts,
  candidatesKernel,
  candidatesMergeKernel,
  candidatesWorkgroups,
} from './kernels/candidates/candidates.ts';
import { embeddingKernel, embeddingWorkgroups } from './kernels/embedding/embedding.ts';
import { shapeWords } from './kernels/product-shape.ts';
import { buildProjection, dispatch } from './projection.ts';
import type { ByRowCount, StageContext } from './stage-context.ts';
import type { Stack } from './weights/load-weights.ts';

/** Token ids to hidden states: one dispatch for each buffer the embedding fills. */
export async function buildEmbedding(
  context: StageContext,
  embedding: Stack,
): Promise<readonly Dispatch[]> {
  const { scratch, config } = context;
  return await Promise.all(
    embedding.parts.map((part) => {
      const { outStride } = embedding;
      const shape = context.memory.uniform(shapeWords({ ...part, outStride, accumulates: false }));
      const resources = [shape, part.storage, scratch.tokenIds, scratch.hidden];
      const spec = embeddingKernel(part.type, context.hasQuads);
      return dispatch(context, spec, resources, (tokenCount) =>
        embeddingWorkgroups(config.hiddenSize, tokenCount),
      );
    }),
  );
}

export interface HeadWeights {
  readonly gain: GPUBuffer;
  readonly output: Stack;
}

/** Hidden states to candidates: final norm, logits of up to 8 rows, their best tokens. */
export async function buildHead(context: StageContext, weights: HeadWeights): Promise<ByRowCount> {
  const { scratch } = context;
  const { gain, output } = weights;
  const logits = await buildProjection(context, output, {
    x: scratch.hidden,
    gain,
    out: scratch.logits,
    accumulates: false,
  });
  const candidates = await buildCandidates(context, output.outStride);
  return {
    one: [...logits.one, ...candidates],
    few: [...logits.few, ...candidates],
    many: [...logits.few, ...candidates],
  };
}

/** One dispatch, or two where a GPU goes over many logits in parts. */
async function buildCandidates(
  context: StageContext,
  logitsStride: number,
): Promise<readonly Dispatch[]> {
  const { scratch, config } = context;
  const { vocabSize } = config;
  const partCount = candidateParts(vocabSize, context.hasSplits);
  const isWhole = partCount === 1;
  const found = dispatch(
    context,
    candidatesKernel(vocabSize, logitsStride, context.hasSplits),
    [scratch.logits, isWhole ? scratch.candidates : scratch.candidateParts],
    (rowCount) => candidatesWorkgroups(partCount, rowCount),
  );
  if (isWhole) return [await found];
  const merged = dispatch(
    context,
    candidatesMergeKernel(vocabSize),
    [scratch.candidateParts, scratch.candidates],
    (rowCount) => candidatesWorkgroups(1, rowCount),
  );
  return await Promise.all([found, merged]);
}
