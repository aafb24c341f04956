import type { ModelConfig } from '@manyhands/model/config';
import type { Kernels } from './kernels.ts';
import type { Multiply } from './multiply.ts';
import { headBytes, type Scratch } from './scratch.ts';
import type { Matrix, Weights } from './weights/load-weights.ts';

/** Everything that running a stage needs besides its weights. */
export interface StageContext {
  readonly config: ModelConfig;
  readonly kernels: Kernels;
  readonly scratch: Scratch;
  readonly multiply: Multiply;
}

/** Addresses are 0 where the model has no such vector. */
export interface BlockWeights {
  readonly attentionNorm: number;
  readonly query: Matrix;
  readonly key: Matrix;
  readonly value: Matrix;
  readonly queryBias: number;
  readonly keyBias: number;
  readonly valueBias: number;
  readonly queryNorm: number;
  readonly keyNorm: number;
  readonly output: Matrix;
  readonly mlpNorm: number;
  readonly gate: Matrix;
  readonly up: Matrix;
  readonly down: Matrix;
}

export function blockWeights(weights: Weights, config: ModelConfig, block: number): BlockWeights {
  const matrix = (part: string) => weights.matrix(`blk.${block}.${part}.weight`);
  const vector = (part: string) => weights.vector(`blk.${block}.${part}`);
  const { hasQkvBias, hasQkNorm } = config;
  return {
    attentionNorm: vector('attn_norm.weight'),
    query: matrix('attn_q'),
    key: matrix('attn_k'),
    value: matrix('attn_v'),
    queryBias: hasQkvBias ? vector('attn_q.bias') : 0,
    keyBias: hasQkvBias ? vector('attn_k.bias') : 0,
    valueBias: hasQkvBias ? vector('attn_v.bias') : 0,
    queryNorm: hasQkNorm ? vector('attn_q_norm.weight') : 0,
    keyNorm: hasQkNorm ? vector('attn_k_norm.weight') : 0,
    output: matrix('attn_output'),
    mlpNorm: vector('ffn_norm.weight'),
    gate: matrix('ffn_gate'),
    up: matrix('ffn_up'),
    down: matrix('ffn_down'),
  };
}

/** Keys and values of one block and session; `position` of the first of `tokenCount` rows. */
export interface BlockStep {
  readonly tokenCount: number;
  readonly position: number;
  readonly keys: number;
  readonly values: number;
  readonly positionsMax: number;
}

/** Attention and MLP of a chunk; adds to the hidden rows. */
export function runBlock(context: StageContext, weights: BlockWeights, step: BlockStep): void {
  const { config, kernels, scratch, multiply } = context;
  const { tokenCount } = step;
  const { hidden, normed, query, key, value, attended, gate, up } = scratch;
  const norm = (gain: number): void =>
    kernels.rmsNorm(
      hidden.address,
      hidden.stride,
      tokenCount,
      config.hiddenSize,
      gain,
      config.rmsNormEps,
      normed.address,
    );

  norm(weights.attentionNorm);
  multiply(normed, tokenCount, [
    { matrix: weights.query, out: query },
    { matrix: weights.key, out: key },
    { matrix: weights.value, out: value },
  ]);
  attend(context, weights, step);
  multiply(attended, tokenCount, [{ matrix: weights.output, out: hidden, accumulates: true }]);

  norm(weights.mlpNorm);
  multiply(normed, tokenCount, [
    { matrix: weights.gate, out: gate },
    { matrix: weights.up, out: up },
  ]);
  kernels.swiGlu(gate.address, up.address, tokenCount * gate.stride);
  multiply(gate, tokenCount, [{ matrix: weights.down, out: hidden, accumulates: true }]);
}

function attend(context: StageContext, weights: BlockWeights, step: BlockStep): void {
  const { config, kernels, scratch } = context;
  const { query, key, value, queries, rotations, attended, scores } = scratch;
  const { headCount, kvHeadCount, headDim, ropeDim, rmsNormEps } = config;
  const { tokenCount, position, keys, values, positionsMax } = step;
  const isHalf = config.ropeStyle === 'half';
  const bytes = headBytes(config);
  const cacheHead = positionsMax * bytes;
  const rows = (at: { address: number; stride: number }, heads: number) =>
    [at.address, at.stride, tokenCount, heads, headDim] as const;
  const rotation = [rmsNormEps, rotations, ropeDim, isHalf] as const;

  const { queryBias, queryNorm, keyBias, keyNorm, valueBias } = weights;
  const queryTo = [queries, bytes, headCount * bytes] as const;
  kernels.placeHeads(...rows(query, headCount), queryBias, queryNorm, ...rotation, ...queryTo);
  const keyTo = [keys + position * bytes, cacheHead, bytes] as const;
  kernels.placeHeads(...rows(key, kvHeadCount), keyBias, keyNorm, ...rotation, ...keyTo);
  const valueTo = [values + position * bytes, cacheHead, bytes] as const;
  const unrotated = [rmsNormEps, 0, ropeDim, isHalf] as const;
  kernels.placeHeads(...rows(value, kvHeadCount), valueBias, 0, ...unrotated, ...valueTo);

  kernels.attention(
    queries,
    tokenCount,
    position,
    headCount,
    kvHeadCount,
    headDim,
    keys,
    values,
    positionsMax,
    scores,
    attended.address,
    attended.stride,
  );
}
