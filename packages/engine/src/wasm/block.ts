import type { ModelConfig } from '@manyhands/model/config';
import type { Kernels } from './kernels.ts';
import type { Multiply } from './multiply.ts';
import type { Rows, Scratch } from './scratch.ts';
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

/** Where rows' keys and values of one block are, in the pages that `scratch.rows` names. */
export interface BlockStep {
  readonly tokenCount: number;
  /** Bytes into a page. */
  readonly keys: number;
  readonly values: number;
  readonly pageLength: number;
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
  const { headCount, kvHeadCount, headDim } = config;
  const { tokenCount, keys, values, pageLength } = step;
  const { queryBias, queryNorm, keyBias, keyNorm, valueBias } = weights;
  const { rotations, rows } = scratch;
  const place = (
    from: Rows,
    heads: number,
    bias: number,
    gain: number,
    rotation: number,
    table: number,
    out: number,
  ): void =>
    kernels.placeHeads(
      from.address,
      from.stride,
      tokenCount,
      heads,
      headDim,
      bias,
      gain,
      config.rmsNormEps,
      rotation,
      config.ropeDim,
      config.ropeStyle === 'half',
      table,
      pageLength,
      out,
    );
  place(scratch.query, headCount, queryBias, queryNorm, rotations, 0, scratch.queries);
  place(scratch.key, kvHeadCount, keyBias, keyNorm, rotations, rows, keys);
  place(scratch.value, kvHeadCount, valueBias, 0, 0, rows, values);
  kernels.attention(
    scratch.queries,
    rows,
    tokenCount,
    headCount,
    kvHeadCount,
    headDim,
    keys,
    values,
    pageLength,
    scratch.scores,
    scratch.states,
    scratch.attended.address,
    scratch.attended.stride,
  );
}
