import { describe, expect, test } from 'vitest';
import { EngineError } from '../error.ts';
import { type BackendFacts, chooseBackend } from './choose-backend.ts';

const GPU = { isFallback: false };
const SOFTWARE = { isFallback: true };
const gpuProblem = new EngineError('no-adapter', 'no adapter');
const wasmProblem = new EngineError('no-simd', 'no SIMD');
const auto = (facts: Partial<BackendFacts>) => chooseBackend({ wanted: 'auto', ...facts });

describe('the backend', () => {
  test('is measured where both could win, and the faster one is taken', () => {
    expect(auto({ adapter: GPU })).toBe('measure');
    const fast = auto({ adapter: GPU, measuredMs: { webgpu: 2, wasm: 9 } });
    const reason = { code: 'measured', gpuMs: 2, processorMs: 9 };
    expect(fast).toEqual({ backend: 'webgpu', reason });
    const slow = auto({ adapter: GPU, measuredMs: { webgpu: 20, wasm: 9 } });
    expect(slow).toMatchObject({ backend: 'wasm' });
  });

  test('is the processor where the GPU is software or missing', () => {
    const software = { backend: 'wasm', reason: { code: 'software-gpu' } };
    expect(auto({ adapter: SOFTWARE })).toEqual(software);
    const problem = { code: 'no-adapter', message: 'no adapter' };
    expect(auto({ gpuProblem })).toEqual({
      backend: 'wasm',
      reason: { code: 'no-gpu', problem },
    });
    expect(auto({})).toEqual({ backend: 'wasm', reason: { code: 'no-gpu' } });
  });

  test('is the GPU where the processor cannot, even in software', () => {
    const reason = { code: 'no-simd' };
    expect(auto({ adapter: SOFTWARE, wasmProblem })).toEqual({ backend: 'webgpu', reason });
  });

  test('is what the person chose, or an error that says why not', () => {
    expect(chooseBackend({ wanted: 'webgpu', adapter: SOFTWARE })).toMatchObject({
      backend: 'webgpu',
    });
    expect(chooseBackend({ wanted: 'wasm', adapter: GPU })).toMatchObject({ backend: 'wasm' });
    expect(() => chooseBackend({ wanted: 'webgpu', gpuProblem })).toThrow(gpuProblem);
    expect(() => chooseBackend({ wanted: 'wasm', wasmProblem })).toThrow(wasmProblem);
  });

  test('is an error with a remedy where nothing can compute', () => {
    expect(() => auto({ gpuProblem, wasmProblem })).toThrow(gpuProblem);
  });
});
