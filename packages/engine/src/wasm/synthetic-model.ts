import type { ModelConfig } from '@manyhands/model/config';
import { blockBytes, tensorByteLength } from '@manyhands/model/quant/block-layout';
import type { TensorInfo, TensorType } from '@manyhands/model/tensor';
import { createRandom } from '@manyhands/testkit/random';
import type { ReadTensor, StageSpec } from '../stage.ts';

const CHUNK_BYTES = 2 ** 19;
/** f16 scales under which products stay near one: 2^-9 for nibbles, 2^-13 for bytes. */
const SCALES = { Q4_0: 0x1800, Q8_0: 0x0800 } as const;

/** The dimensions of SmolLM2-135M. */
export const SMOLLM2_135M: ModelConfig = {
  architecture: 'llama',
  blockCount: 30,
  hiddenSize: 576,
  headCount: 9,
  kvHeadCount: 3,
  headDim: 64,
  ffnSize: 1536,
  vocabSize: 49_152,
  contextLength: 8192,
  rmsNormEps: 1e-5,
  ropeTheta: 100_000,
  ropeDim: 64,
  ropeStyle: 'interleaved',
  ropeFrequencyScale: 1,
  hasRopeFactors: false,
  hasQkvBias: false,
  hasQkNorm: false,
  hasTiedEmbedding: true,
};

/** A whole model of random quants with one f16 scale, made while it is read: for benchmarks. */
export function syntheticModel(
  config: ModelConfig,
  type: 'Q4_0' | 'Q8_0',
  scale: number = SCALES[type],
): { readonly spec: StageSpec; readonly readTensor: ReadTensor } {
  const { hiddenSize, ffnSize, vocabSize, blockCount, headDim } = config;
  const querySize = config.headCount * headDim;
  const keySize = config.kvHeadCount * headDim;
  const tensors: TensorInfo[] = [];
  const add = (name: string, tensorType: TensorType, dims: readonly number[]): void => {
    const byteLength = tensorByteLength(tensorType, dims);
    tensors.push({ name, type: tensorType, dims: [...dims], offset: 0, byteLength });
  };
  add('token_embd.weight', type, [hiddenSize, vocabSize]);
  for (let block = 0; block < blockCount; block += 1) {
    const at = (part: string) => `blk.${block}.${part}.weight`;
    add(at('attn_norm'), 'F32', [hiddenSize]);
    add(at('attn_q'), type, [hiddenSize, querySize]);
    add(at('attn_k'), type, [hiddenSize, keySize]);
    add(at('attn_v'), type, [hiddenSize, keySize]);
    add(at('attn_output'), type, [querySize, hiddenSize]);
    add(at('ffn_norm'), 'F32', [hiddenSize]);
    add(at('ffn_gate'), type, [hiddenSize, ffnSize]);
    add(at('ffn_up'), type, [hiddenSize, ffnSize]);
    add(at('ffn_down'), type, [ffnSize, hiddenSize]);
  }
  add('output_norm.weight', 'F32', [hiddenSize]);
  const range = { firstBlock: 0, endBlock: blockCount, embeds: true, heads: true };
  return {
    spec: { ...range, config, tensors },
    readTensor: (tensor) => readRandom(tensor, scale),
  };
}

async function* readRandom(
  tensor: TensorInfo,
  scale: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const { type } = tensor;
  if (type !== 'Q4_0' && type !== 'Q8_0') {
    yield new Uint8Array(new Float32Array(tensor.byteLength / 4).fill(1).buffer);
    return;
  }
  const block = blockBytes(type);
  const chunk = createRandom(1).bytes(Math.floor(CHUNK_BYTES / block) * block);
  const view = new DataView(chunk.buffer);
  for (let at = 0; at < chunk.length; at += block) view.setUint16(at, scale, true);
  for (let at = 0; at < tensor.byteLength; at += chunk.length) {
    yield chunk.slice(0, Math.min(chunk.length, tensor.byteLength - at));
  }
}
