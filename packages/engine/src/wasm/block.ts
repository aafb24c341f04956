import type { ModelConfig } from '@manyhands/model/config';
import type { Kernels } from './kernels.ts';
import type { Multiply } from './multiply.ts';
import { ATTENTION_PART_PAGES, headBytes, ROW_BYTES, type Rows, type Scratch } from './scratch.ts';
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

/** Positions that tokens see together, which are worth another thread. */
const ATTENDED_MIN = 128;

/** Threads share tokens, or what a single one sees. */
function attend(context: StageContext, step: BlockStep): void {
  const partCount = Math.ceil(step.longest / (step.pageLength * ATTENTION_PART_PAGES));
  if (step.tokenCount === 1 && partCount > 1) {
    attendInParts(context, step, partCount);
    return;
  }
  const { config, threads, scratch } = context;
  const { headCount, kvHeadCount, headDim } = config;
  const { attended } = scratch;
  const shares = { unit: 1, least: Math.ceil(ATTENDED_MIN / step.longest) };
  threads.share(step.tokenCount, shares, (thread, first, count) =>
    threads.call(
      thread,
      'attention',
      scratch.queries + first * headCount * headBytes(config),
      scratch.rows + first * ROW_BYTES,
      count,
      headCount,
      kvHeadCount,
      headDim,
      step.keys,
      step.values,
      step.pageLength,
      scratch.scores[thread] as number,
      scratch.states[thread] as number,
      attended.address + first * attended.stride,
      attended.stride,
    ),
  );
  threads.run();
}

function attendInParts(
  { config, kernels, threads, scratch }: StageContext,
  step: BlockStep,
  partCount: number,
): void {
  const { headCount, kvHeadCount, headDim } = config;
  threads.share(partCount, { unit: 1, least: 1 }, (thread, first, count) =>
    threads.call(
      thread,
      'attendParts',
      scratch.queries,
      scratch.rows,
      headCount,
      kvHeadCount,
      headDim,
      step.keys,
      step.values,
      step.pageLength,
      ATTENTION_PART_PAGES,
      first,
      count,
      scratch.scores[thread] as number,
      scratch.parts,
    ),
  );
  threads.run();
  const out = scratch.attended.address;
  kernels.joinParts(partCount, headCount, kvHeadCount, headDim, scratch.parts, out);
}
