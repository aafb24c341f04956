import type { ModelConfig } from '@manyhands/model/config';
import { PAGE_POSITIONS } from '../stage.ts';
import type { Kernels } from './kernels.ts';
import type { KvPages } from './kv-pages.ts';
import type { Multiply } from './multiply.ts';
import type { PlacedSegment } from './run-chunk.ts';
import { headBytes, type Scratch } from './scratch.ts';
import type { Matrix, Weights } from './weights/load-weights.ts';

/** Everything that running a stage needs besides its weights. */
export interface StageContext {
  readonly config: ModelConfig;
  readonly kernels: Kernels;
  readonly scratch: Scratch;
  readonly multiply: Multiply;
  readonly pages: KvPages;
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

/** Attention and MLP of a chunk; adds to the hidden rows. */
export function runBlock(
  context: StageContext,
  weights: BlockWeights,
  /** Place of the block in the stage. */
  block: number,
  segments: readonly PlacedSegment[],
  tokenCount: number,
): void {
  const { config, kernels, scratch, multiply } = context;
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
  for (const segment of segments) attend(context, weights, block, segment);
  multiply(attended, tokenCount, [{ matrix: weights.output, out: hidden, accumulates: true }]);

  norm(weights.mlpNorm);
  multiply(normed, tokenCount, [
    { matrix: weights.gate, out: gate },
    { matrix: weights.up, out: up },
  ]);
  kernels.swiGlu(gate.address, up.address, tokenCount * gate.stride);
  multiply(gate, tokenCount, [{ matrix: weights.down, out: hidden, accumulates: true }]);
}

/** Keys and values of a segment into its pages, then its queries against all of them. */
function attend(
  context: StageContext,
  weights: BlockWeights,
  block: number,
  segment: PlacedSegment,
): void {
  const { config, kernels, scratch, pages } = context;
  const { query, queries, attended, rotations } = scratch;
  const { headCount, kvHeadCount, headDim, ropeDim, rmsNormEps } = config;
  const { firstRow, tokenCount, position } = segment;
  const bytes = headBytes(config);
  const ownQueries = queries + firstRow * headCount * bytes;
  kernels.placeHeads(
    query.address + firstRow * query.stride,
    query.stride,
    tokenCount,
    headCount,
    headDim,
    weights.queryBias,
    weights.queryNorm,
    rmsNormEps,
    rotations + firstRow * ropeDim * 4,
    ropeDim,
    config.ropeStyle === 'half',
    ownQueries,
    bytes,
    headCount * bytes,
  );
  append(context, weights, block, segment);
  kernels.attention(
    ownQueries,
    tokenCount,
    position,
    headCount,
    kvHeadCount,
    headDim,
    scratch.pageTable(firstRow),
    pages.keys(block).offset,
    pages.values(block).offset,
    scratch.scores,
    attended.address + firstRow * attended.stride,
    attended.stride,
  );
}

/** Writes a segment's keys and values, page by page. */
function append(
  context: StageContext,
  weights: BlockWeights,
  block: number,
  { firstRow, tokenCount, position, pages: table }: PlacedSegment,
): void {
  const { config, kernels, scratch, pages } = context;
  const { key, value, rotations } = scratch;
  const { kvHeadCount, headDim, ropeDim, rmsNormEps } = config;
  const isHalf = config.ropeStyle === 'half';
  const bytes = headBytes(config);
  const keys = pages.keys(block);
  const values = pages.values(block);
  for (let token = 0; token < tokenCount; ) {
    const inPage = (position + token) % PAGE_POSITIONS;
    const count = Math.min(PAGE_POSITIONS - inPage, tokenCount - token);
    const page = table[Math.floor((position + token) / PAGE_POSITIONS)] as number;
    const start = pages.address(page) + inPage * bytes;
    const row = firstRow + token;
    kernels.placeHeads(
      key.address + row * key.stride,
      key.stride,
      count,
      kvHeadCount,
      headDim,
      weights.keyBias,
      weights.keyNorm,
      rmsNormEps,
      rotations + row * ropeDim * 4,
      ropeDim,
      isHalf,
      start + keys.offset,
      keys.headStride,
      bytes,
    );
    kernels.placeHeads(
      value.address + row * value.stride,
      value.stride,
      count,
      kvHeadCount,
      headDim,
      weights.valueBias,
      0,
      rmsNormEps,
      0,
      ropeDim,
      isHalf,
      start + values.offset,
      values.headStride,
      bytes,
    );
    token += count;
  }
}
