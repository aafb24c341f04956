import { expect, it } from 'vitest';
import { type BenchOptions, readBenchOptions } from '../bench-options.ts';
import { planCases } from './plan-cases.ts';

function plan(text: string, isFallback: boolean) {
  return planCases(readBenchOptions(['engine', ...text.split(' ')]) as BenchOptions, isFallback);
}

it('puts ours first and rivals on the backend that they have', () => {
  const [webgpu, wasm] = plan('--shapes smollm2-135m --types Q4_0', true);
  expect(webgpu?.contenders).toEqual(['ours-webgpu', 'ort-webgpu', 'ort-webgpu-i8']);
  expect(wasm?.contenders.slice(0, 2)).toEqual(['ours-wasm-relaxed', 'ours-wasm-plain']);
  expect(wasm?.contenders.slice(2)).toEqual(['ort-wasm', 'wllama-2', 'wllama-3']);
});

it('runs six blocks on a software adapter and all of them elsewhere', () => {
  const blocks = (text: string, isFallback: boolean) =>
    plan(`--shapes smollm2-135m --types Q4_0 ${text}`, isFallback).map((each) => each.blockCount);
  expect(blocks('--rivals ort', true)).toEqual([6, 30]);
  expect(blocks('--rivals ort', false)).toEqual([30, 30]);
  expect(blocks('--blocks 4', true)).toEqual([4, 4]);
  expect(blocks('--blocks 64', false)).toEqual([30, 30]);
});

it('takes a file as it is, once, whatever types are asked for', () => {
  const cases = plan('--shapes pip --types all --backends wasm', true);
  expect(cases.map(({ model, blockCount }) => [model.kind, blockCount])).toEqual([
    ['file', undefined],
  ]);
});

it('compares ours with ours under Dawn', () => {
  expect(plan('--shapes tiny --types F16 --dawn', true)).toMatchObject([
    { backend: 'webgpu', contenders: ['ours-wasm-plain', 'ours-webgpu'] },
  ]);
});
