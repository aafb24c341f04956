import { expect, test } from 'vitest';
import type { Dispatch } from './dispatch.ts';
import { createMemoryTuningStore, createTuning, tuningKey } from './tuning.ts';

const SPEEDS: Readonly<Record<string, number>> = { plain: 10, fast: 4, slow: 30, alike: 9.8 };

/** A dispatch that knows which variant it is of, as far as a bench can tell. */
function fakeDispatch(variant: string): Dispatch {
  const kernel = { label: variant } as Dispatch['kernel'];
  return { kernel, group: {} as GPUBindGroup, workgroups: () => [1, 1, 1] };
}

function product(key: string, variants: readonly [string, ...string[]], built: string[] = []) {
  return {
    key,
    tokenCount: 1,
    variants,
    build: async (variant: string) => {
      built.push(variant);
      return fakeDispatch(variant);
    },
  };
}

const bench = async ({ kernel }: Dispatch) => SPEEDS[kernel.label] ?? 0;

test('starts with the first variant and goes over to the fastest in place', async () => {
  const tuning = createTuning();
  const dispatch = await tuning.add(product('a', ['plain', 'slow', 'fast']));
  expect(dispatch.kernel.label).toBe('plain');
  expect(await tuning.run(bench)).toEqual({ a: 'fast' });
  expect(dispatch.kernel.label).toBe('fast');
});

test('stays with the first where the gain may be noise', async () => {
  const tuning = createTuning();
  const dispatch = await tuning.add(product('a', ['plain', 'alike']));
  await tuning.run(bench);
  expect(dispatch.kernel.label).toBe('plain');
});

test('measures products of one shape once and exchanges all of them', async () => {
  const tuning = createTuning();
  let measured = 0;
  const first = await tuning.add(product('a', ['plain', 'fast']));
  const second = await tuning.add(product('a', ['plain', 'fast']));
  await tuning.run(async (dispatch) => {
    measured += 1;
    return await bench(dispatch);
  });
  expect(measured).toBe(2);
  expect([first.kernel.label, second.kernel.label]).toEqual(['fast', 'fast']);
});

test('measures nothing where there is no choice or it is known, and starts with the known', async () => {
  const built: string[] = [];
  const tuning = createTuning({ known: 'fast', gone: 'removed' });
  const known = await tuning.add(product('known', ['plain', 'fast'], built));
  const gone = await tuning.add(product('gone', ['plain'], built));
  const choices = await tuning.run(() => Promise.reject(new Error('nothing is to be measured')));
  expect(choices).toEqual({ known: 'fast' });
  expect([known.kernel.label, gone.kernel.label]).toEqual(['fast', 'plain']);
  expect(built).toEqual(['fast', 'plain']);
});

test('a store keeps the choices of each adapter, and adds to them', async () => {
  const store = createMemoryTuningStore();
  const [a, b] = ['a', 'b'].map((device) =>
    tuningKey({ vendor: 'v', architecture: '', device, description: '' } as GPUAdapterInfo),
  ) as [string, string];
  await store.write(a, { one: 'fast' });
  await store.write(a, { two: 'plain' });
  expect(await store.read(a)).toEqual({ one: 'fast', two: 'plain' });
  expect(await store.read(b)).toBeUndefined();
});
