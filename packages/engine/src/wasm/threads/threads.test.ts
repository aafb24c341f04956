import { describe, expect, it } from 'vitest';
import type { Kernels } from '../kernels.ts';
import { createCallList, LIST_NUMBERS } from './call-list.ts';
import { createThreads, shareOut } from './threads.ts';

function shares(threads: number, items: number, unit: number, least: number) {
  const given: [thread: number, first: number, count: number][] = [];
  shareOut(threads, items, { unit, least }, (...share) => given.push(share));
  return given;
}

describe('sharing out', () => {
  it('gives whole units to as many threads as are worth it', () => {
    expect(shares(1, 52, 4, 4)).toEqual([[0, 0, 52]]);
    expect(shares(2, 52, 4, 4)).toEqual([
      [0, 0, 28],
      [1, 28, 24],
    ]);
    expect(shares(4, 52, 4, 20)).toEqual([
      [0, 0, 28],
      [1, 28, 24],
    ]);
    expect(shares(8, 3, 1, 1)).toEqual([
      [0, 0, 1],
      [1, 1, 1],
      [2, 2, 1],
    ]);
    expect(shares(8, 1, 4, 8)).toEqual([[0, 0, 1]]);
  });

  it('gives everything once, in order, for every number of threads', () => {
    for (const threads of [1, 2, 3, 7, 16]) {
      for (let items = 1; items <= 70; items += 1) {
        for (const [unit, least] of [
          [1, 1],
          [4, 4],
          [4, 8],
          [1, 7],
        ] as const) {
          const given = shares(threads, items, unit, least);
          expect(given.length).toBeLessThanOrEqual(threads);
          let next = 0;
          for (const [index, [thread, first, count]] of given.entries()) {
            expect([thread, first]).toEqual([index, next]);
            if (index < given.length - 1) expect(count % unit).toBe(0);
            next += count;
          }
          expect(next).toBe(items);
        }
      }
    }
  });
});

describe('one thread', () => {
  it('makes its calls in order, and none of them again', () => {
    const made: unknown[] = [];
    const kernels = {
      candidates: (...args: number[]) => made.push(['candidates', ...args]),
      swiGlu: (...args: number[]) => made.push(['swiGlu', ...args]),
    } as unknown as Kernels;
    const threads = createThreads(kernels);
    threads.call(0, 'swiGlu', 1, 2, 3);
    threads.call(0, 'candidates', 4, 5, 6);
    threads.run();
    threads.run();
    expect(made).toEqual([
      ['swiGlu', 1, 2, 3],
      ['candidates', 4, 5, 6],
    ]);
  });
});

describe('a list of calls', () => {
  const kernelsOf = (functions: object) => functions as unknown as Kernels;

  it('is read by another thread, which numbers kernels alike', () => {
    const numbers = new Float64Array(LIST_NUMBERS);
    const made: unknown[] = [];
    const written = createCallList(kernelsOf({ swiGlu() {}, placeHeads() {} }), numbers);
    const read = createCallList(
      kernelsOf({
        swiGlu: (...args: number[]) => made.push(args.slice(0, 3)),
        placeHeads: (...args: number[]) => made.push(args),
      }),
      numbers,
    );
    const heads = [1, 2, 3, 4, 5, 6, 7, 1e-5, 9, 10, true, 12, 13, 14];
    written.add('placeHeads', heads);
    written.add('swiGlu', [1, 2, 3]);
    expect(made).toEqual([]);
    read.run();
    read.run();
    expect(made).toEqual([heads.map(Number), [1, 2, 3]]);
  });

  it('forgets calls behind one that throws', () => {
    let isBroken = true;
    const swiGlu = () => {
      if (isBroken) throw new RangeError('broken');
    };
    const list = createCallList(kernelsOf({ swiGlu }), new Float64Array(LIST_NUMBERS));
    list.add('swiGlu', [1, 2, 3]);
    list.add('swiGlu', [1, 2, 3]);
    expect(() => list.run()).toThrow('broken');
    isBroken = false;
    expect(() => list.run()).not.toThrow();
  });
});
