import type { ModelConfig } from '../config.ts';

/** A tensor that a model of some config has, and the dimensions it must have. */
export interface ExpectedTensor {
  readonly name: string;
  readonly dims: readonly number[];
}

/** Tensors of one block, in the order a stage loads them. */
export function blockTensors(config: ModelConfig, block: number): ExpectedTensor[] {
  const { hiddenSize, headDim, ffnSize } = config;
  const querySize = config.headCount * headDim;
  const keySize = config.kvHeadCount * headDim;
  const at = (part: string, ...dims: number[]) => ({ name: `blk.${block}.${part}`, dims });
  return [
    at('attn_norm.weight', hiddenSize),
    at('attn_q.weight', hiddenSize, querySize),
    at('attn_k.weight', hiddenSize, keySize),
    at('attn_v.weight', hiddenSize, keySize),
    ...(config.hasQkvBias
      ? [at('attn_q.bias', querySize), at('attn_k.bias', keySize), at('attn_v.bias', keySize)]
      : []),
    ...(config.hasQkNorm
      ? [at('attn_q_norm.weight', headDim), at('attn_k_norm.weight', headDim)]
      : []),
    at('attn_output.weight', querySize, hiddenSize),
    at('ffn_norm.weight', hiddenSize),
    at('ffn_gate.weight', hiddenSize, ffnSize),
    at('ffn_up.weight', hiddenSize, ffnSize),
    at('ffn_down.weight', ffnSize, hiddenSize),
  ];
}

export function embeddingTensor(config: ModelConfig): ExpectedTensor {
  return { name: 'token_embd.weight', dims: [config.hiddenSize, config.vocabSize] };
}

/** What every stage with blocks needs besides them: the factors of the rotation frequencies. */
export function sharedTensors(config: ModelConfig): ExpectedTensor[] {
  return config.hasRopeFactors ? [{ name: 'rope_freqs.weight', dims: [config.ropeDim / 2] }] : [];
}

/** The final norm, and the head's own matrix unless it multiplies with the embedding. */
export function headTensors(config: ModelConfig): ExpectedTensor[] {
  const { hiddenSize, vocabSize } = config;
  return [
    { name: 'output_norm.weight', dims: [hiddenSize] },
    ...(config.hasTiedEmbedding ? [] : [{ name: 'output.weight', dims: [hiddenSize, vocabSize] }]),
  ];
}

/** Every tensor of the model. */
export function modelTensors(config: ModelConfig): ExpectedTensor[] {
  const tensors = [embeddingTensor(config), ...sharedTensors(config)];
  for (let block = 0; block < config.blockCount; block += 1) {
    tensors.push(...blockTensors(config, block));
  }
  tensors.push(...headTensors(config));
  return tensors;
}
