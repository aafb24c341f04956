import type { ModelConfig } from '@manyhands/model/config';
import { tensorByteLength } from '@manyhands/model/quant/block-layout';
import { expectedTensors } from '@manyhands/model/stage-tensors';
import type { TensorInfo } from '@manyhands/model/tensor';
import type { ReadTensor, StageSpec } from '../stage.ts';
import { randomTensor } from './random-weights.ts';

/** A made-up stage with the types, heads and switches of a real one: what runs it runs the other. */
export interface MadeUpStage {
  readonly spec: StageSpec;
  readonly readTensor: ReadTensor;
}

export type MadeUpSizes = Pick<ModelConfig, 'hiddenSize' | 'ffnSize' | 'vocabSize' | 'blockCount'>;

const CONTEXT_LENGTH = 256;
const CHUNK_BYTES = 2 ** 20;

/** `sizes.blockCount` is ignored for a stage without blocks. */
export function madeUpStage(real: StageSpec, sizes: MadeUpSizes): MadeUpStage {
  const hasBlocks = real.firstBlock < real.endBlock;
  const blockCount = hasBlocks ? sizes.blockCount : 0;
  const config = { ...real.config, ...sizes, blockCount, contextLength: CONTEXT_LENGTH };
  const range = { firstBlock: 0, endBlock: blockCount, embeds: real.embeds, heads: real.heads };
  const typeOf = new Map(real.tensors.map(({ name, type }) => [name, type]));
  const models = distinctBlocks(real);
  const tensors = expectedTensors(config, range).map(({ name, dims }): TensorInfo => {
    const inReal = name.replace(/^blk\.(\d+)\./, (_, block) => {
      return `blk.${models[Number(block) % models.length]}.`;
    });
    const type = typeOf.get(inReal) ?? 'F32';
    return { name, type, dims, offset: 0, byteLength: tensorByteLength(type, dims) };
  });
  return {
    spec: { ...range, config, tensors },
    async *readTensor(tensor) {
      const bytes = randomTensor(tensor, seedOf(tensor.name));
      for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
        yield bytes.slice(at, at + CHUNK_BYTES);
      }
    },
  };
}

/**
 * One block for each mix of tensor types that the stage has: quantisers keep some blocks' matrices in
 * more bits than others'.
 */
export function distinctBlocks({ tensors, firstBlock, endBlock }: StageSpec): number[] {
  const mixes = new Map<string, number>();
  for (let block = firstBlock; block < endBlock; block += 1) {
    const prefix = `blk.${block}.`;
    const own = tensors.filter(({ name }) => name.startsWith(prefix));
    const mix = own.map(({ name, type }) => `${name.slice(prefix.length)} ${type}`).sort();
    if (!mixes.has(mix.join())) mixes.set(mix.join(), block);
  }
  return [...mixes.values()];
}

function seedOf(name: string): number {
  let seed = 7;
  for (const character of name) seed = (Math.imul(seed, 31) + character.charCodeAt(0)) >>> 0;
  return seed;
}
