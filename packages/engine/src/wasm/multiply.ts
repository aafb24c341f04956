import {
  type Activations,
  type ChosenProduct,
  chooseProduct,
  DOT_KINDS,
  type DotKind,
} from './choose-product.ts';
import type { Kernels } from './kernels.ts';
import type { Rows } from './scratch.ts';
import type { GiveShare, Threads } from './threads/threads.ts';
import { DEVICE_TYPES, HELD_TYPES, ROWS_PER_STRIP } from './weights/held-type.ts';
import type { Matrix } from './weights/load-weights.ts';

/** Where a product goes. */
export interface Product {
  readonly matrix: Matrix;
  readonly out: Rows;
  /** Adds to what is there. */
  readonly accumulates?: boolean;
}

export interface Multiplication {
  readonly x: Rows;
  readonly tokenCount: number;
  /** Of matrices of the same row length. */
  readonly products: readonly Product[];
  /** Calls that make rows of `x` first. */
  readonly prepare?: GiveShare;
}

/**
 * Multiplies rows with matrices; rounds the rows at most once. Of more than one row it writes multiples of
 * four.
 */
export type Multiply = (multiplication: Multiplication) => void;

export interface MultiplyDeps {
  readonly kernels: Kernels;
  readonly threads: Threads;
  readonly activations: Activations;
  readonly scratch: {
    readonly integers: number;
    /** For each thread. */
    readonly strips: readonly number[];
    readonly sums: readonly number[];
  };
}

/** Kernels that round rows, and the bytes of an integer. */
const QUANTIZERS = {
  i16: { kernel: 'quantizeI16', integerBytes: 2 },
  i8: { kernel: 'quantizeI8', integerBytes: 1 },
  'i8-wide': { kernel: 'quantizeI8Wide', integerBytes: 2 },
} as const;

type Integers = ChosenProduct['integers'];

/** Integers are made for four tokens at a time; fewer than eight tokens are not worth another thread. */
const TOKEN_SHARES = { unit: 4, least: 8 };
/** A product of one token reads four strips in turn. */
const STREAMS = 4;
/** Bytes of weights, times tokens, that are worth another thread: some microseconds of work. */
const SHARE_BYTES_MIN = 32 * 1024;

export function createMultiply({ kernels, threads, activations, scratch }: MultiplyDeps): Multiply {
  const dotKind = DOT_KINDS[kernels.dotKind(127, 255)] as DotKind;
  const chosen = new Map<string, ChosenProduct>(
    DEVICE_TYPES.map((type) => [type, chooseProduct(type, activations, dotKind)]),
  );

  const round = (to: Integers, multiplication: Multiplication, isFirst: boolean): void => {
    const { x, tokenCount, products, prepare } = multiplication;
    const columnCount = products[0]?.matrix.columnCount ?? 0;
    threads.share(tokenCount, TOKEN_SHARES, (thread, first, count) => {
      if (isFirst) prepare?.(thread, first, count);
      if (to === 'none') return;
      const { kernel, integerBytes } = QUANTIZERS[to];
      const from = x.address + first * x.stride;
      const out = scratch.integers + first * integerRowBytes(columnCount, integerBytes);
      threads.call(thread, kernel, from, x.stride, count, columnCount, out);
    });
    threads.run();
  };

  const add = (product: Product, choice: ChosenProduct, { x, tokenCount }: Multiplication) => {
    const { matrix, out, accumulates = false } = product;
    const { type, stripBytes, stripCount, columnCount } = matrix;
    threads.share(stripCount, stripShares(matrix, tokenCount), (thread, first, count) => {
      const weights = matrix.address + first * stripBytes;
      const to = out.address + first * ROWS_PER_STRIP * 4;
      if (choice.integers === 'none') {
        const strip = scratch.strips[thread] as number;
        threads.call(
          thread,
          'productF32',
          HELD_TYPES[type].code,
          weights,
          stripBytes,
          count,
          columnCount,
          strip,
          x.address,
          x.stride,
          tokenCount,
          to,
          out.stride,
          accumulates,
        );
        return;
      }
      threads.call(
        thread,
        choice.product,
        weights,
        stripBytes,
        count,
        columnCount,
        scratch.integers,
        tokenCount,
        to,
        out.stride,
        accumulates,
        scratch.sums[thread] as number,
      );
    });
  };

  return (multiplication) => {
    const { products } = multiplication;
    let rounded: Integers | undefined;
    for (const product of products) {
      const choice = chosen.get(product.matrix.type) as ChosenProduct;
      if (choice.integers !== rounded) {
        // Products that were added read what is rounded anew.
        threads.run();
        round(choice.integers, multiplication, rounded === undefined);
        rounded = choice.integers;
      }
      add(product, choice, multiplication);
    }
    threads.run();
  };
}

function stripShares({ stripBytes }: Matrix, tokenCount: number) {
  const strips = Math.ceil(SHARE_BYTES_MIN / (stripBytes * tokenCount));
  return { unit: STREAMS, least: Math.ceil(strips / STREAMS) * STREAMS };
}

/** Of one token, as kernels/quantize.as lays it out: integers, a scale and two sums for each 32 columns. */
function integerRowBytes(columnCount: number, integerBytes: number): number {
  return (columnCount / 32) * (32 * integerBytes + 12);
}
