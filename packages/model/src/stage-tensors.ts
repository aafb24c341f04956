import type { ModelConfig } from './config.ts';
import { ModelError } from './error.ts';
import {
  blockTensors,
  type ExpectedTensor,
  embeddingTensor,
  headTensors,
  sharedTensors,
} from './gguf/tensor-layout.ts';
import type { TensorInfo } from './tensor.ts';

/** Blocks `[firstBlock, endBlock)`, optionally with the embedding and the head. */
export interface StageTensorRange {
  readonly firstBlock: number;
  readonly endBlock: number;
  readonly embeds: boolean;
  readonly heads: boolean;
}

/**
 * The tensors that a stage loads, each once: the embedding (also for a tied head), the rotation
 * factors, the blocks in order, then the head.
 */
export function stageTensors(
  config: ModelConfig,
  tensors: readonly TensorInfo[],
  range: StageTensorRange,
): TensorInfo[] {
  const { firstBlock, endBlock } = range;
  if (!(firstBlock >= 0 && firstBlock <= endBlock && endBlock <= config.blockCount)) {
    throw new ModelError(
      'malformed',
      `blocks [${firstBlock}, ${endBlock}) are not within the model's ${config.blockCount}`,
    );
  }
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  return expectedTensors(config, range).map(({ name }) => {
    const tensor = byName.get(name);
    if (tensor !== undefined) return tensor;
    throw new ModelError(
      'missing-tensor',
      `the tensor index lacks ${name}; load the manifest again`,
    );
  });
}

/** Names and dimensions of the tensors that a stage has to have. */
export function expectedTensors(config: ModelConfig, range: StageTensorRange): ExpectedTensor[] {
  const { firstBlock, endBlock, embeds, heads } = range;
  const expected = embeds || (heads && config.hasTiedEmbedding) ? [embeddingTensor(config)] : [];
  if (endBlock > firstBlock) expected.push(...sharedTensors(config));
  for (let block = firstBlock; block < endBlock; block += 1) {
    expected.push(...blockTensors(config, block));
  }
  if (heads) expected.push(...headTensors(config));
  return expected;
}

/** Bytes of the file that a stage downloads. */
export function stageBytes(
  config: ModelConfig,
  tensors: readonly TensorInfo[],
  range: StageTensorRange,
): number {
  return stageTensors(config, tensors, range).reduce((sum, tensor) => sum + tensor.byteLength, 0);
}
