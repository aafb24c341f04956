import type { ModelConfig } from '@manyhands/model/config';
import type { Kernels } from './kernels.ts';
import type { Multiply } from './multiply.ts';
import { headBytes, ROW_BYTES, type Rows, type Scratch } from './scratch.ts';
import type { GiveShare, Threads } from './threads/threads.ts';
import type { Matrix, Weights } from './weights/load-weights.ts';

/** Everything that running a stage needs besides its weights. */
export interface StageContext {
  readonly config: ModelConfig;
  readonly kernels: Kernels;
  readonly threads: Threads;
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
  /** The most positions that one of them sees. */
  readonly longest: number;
  /** Bytes into a page. */
  readonly keys: number;
  readonly values: number;
  readonly pageLength: number;
}

/** Attention and MLP of a chunk; adds to the hidden rows. */
export function runBlock(context: StageContext, weights: BlockWeights, step: BlockStep): void {
  const { config, threads, scratch, multiply } = context;
  const { tokenCount } = step;
  const { hidden, normed, query, key, value, attended, gate, up } = scratch;
  const norm =
    (gain: number): GiveShare =>
    (thread, first, count) =>
      threads.call(
        thread,
        'rmsNorm',
        hidden.address + first * hidden.stride,
        hidden.stride,
        count,
        config.hiddenSize,
        gain,
        config.rmsNormEps,
        normed.address + first * normed.stride,
      );

  multiply({
    x: normed,
    tokenCount,
    prepare: norm(weights.attentionNorm),
    products: [
      { matrix: weights.query, out: query },
      { matrix: weights.key, out: key },
      { matrix: weights.value, out: value },
    ],
  });
  placeHeads(context, weights, step);
  attend(context, step);
  multiply({
    x: attended,
    tokenCount,
    products: [{ matrix: weights.output, out: hidden, accumulates: true }],
  });

  multiply({
    x: normed,
    tokenCount,
    prepare: norm(weights.mlpNorm),
    products: [
      { matrix: weights.gate, out: gate },
      { matrix: weights.up, out: up },
    ],
  });
  multiply({
    x: gate,
    tokenCount,
    prepare(thread, first, count) {
      const offset = first * gate.stride;
      threads.call(
        thread,
        'swiGlu',
        gate.address + offset,
        up.address + offset,
        count * gate.stride,
      );
    },
    products: [{ matrix: weights.down, out: hidden, accumulates: true }],
  });
}

/** Tokens whose heads are worth another thread. */
const PLACE_SHARES = { unit: 1, least: 8 };

/** Queries as attention reads them; keys and values into their pages. */
function placeHeads(context: StageContext, weights: BlockWeights, step: BlockStep): void {
  const { config, threads, scratch } = context;
  const { headCount, kvHeadCount, headDim, ropeDim } = config;
  const { queryBias, queryNorm, keyBias, keyNorm, valueBias } = weights;
  threads.share(step.tokenCount, PLACE_SHARES, (thread, first, count) => {
    const rotations = scratch.rotations + first * ropeDim * 4;
    const table = scratch.rows + first * ROW_BYTES;
    const queries = scratch.queries + first * headCount * headBytes(config);
    const place = (
      from: Rows,
      heads: number,
      bias: number,
      gain: number,
      angles: number,
      rows: number,
      out: number,
    ): void =>
      threads.call(
        thread,
        'placeHeads',
        from.address + first * from.stride,
        from.stride,
        count,
        heads,
        headDim,
        bias,
        gain,
        config.rmsNormEps,
        angles,
        ropeDim,
        config.ropeStyle === 'half',
        rows,
        step.pageLength,
        out,
      );
    place(scratch.query, headCount, queryBias, queryNorm, rotations, 0, queries);
    place(scratch.key, kvHeadCount, keyBias, keyNorm, rotations, table, step.keys);
    place(scratch.value, kvHeadCount, valueBias, 0, 0, table, step.values);
  });
  threads.run();
}

/** Cached positions, times tokens, that are worth another thread. */
const ATTENDED_MIN = 128;

/** Threads share tokens, or the heads of a single one. */
function attend(context: StageContext, step: BlockStep): void {
  const { config, threads, scratch } = context;
  const { headCount, kvHeadCount, headDim } = config;
  const { tokenCount, longest, keys, values, pageLength } = step;
  const group = headCount / kvHeadCount;
  const isOne = tokenCount === 1;
  const items = isOne ? kvHeadCount : tokenCount;
  const least = Math.ceil((isOne ? ATTENDED_MIN * kvHeadCount : ATTENDED_MIN) / longest);
  threads.share(items, { unit: 1, least }, (thread, first, count) => {
    const firstToken = isOne ? 0 : first;
    const firstHead = isOne ? first : 0;
    const heads = isOne ? count : kvHeadCount;
    const cacheBytes = firstHead * pageLength * headBytes(config);
    const firstQuery = firstToken * headCount + firstHead * group;
    threads.call(
      thread,
      'attention',
      scratch.queries + firstQuery * headBytes(config),
      scratch.rows + firstToken * ROW_BYTES,
      isOne ? 1 : count,
      heads * group,
      heads,
      headDim,
      keys + cacheBytes,
      values + cacheBytes,
      pageLength,
      scratch.scores[thread] as number,
      scratch.states[thread] as number,
      scratch.attended.address +
        firstToken * scratch.attended.stride +
        firstHead * group * headDim * 4,
      scratch.attended.stride,
    );
  });
  threads.run();
}
