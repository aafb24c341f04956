import type { DeviceType } from '@manyhands/model/quant/device-type';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KernelSpec } from '../kernel.ts';
import { gateUpKernel } from './gate-up/gate-up.ts';
import { matMulKernel } from './mat-mul/mat-mul.ts';
import { matVecKernel } from './mat-vec/mat-vec.ts';
import { chooseTiling } from './product-shape.ts';

/*
 * Software adapters have no `shader-f16`, so nothing there runs these variants. Dawn's adapter without a
 * device compiles them, with the compiler that Chromium has, and computes nothing.
 */
const TYPES: readonly DeviceType[] = ['F16', 'Q8_0', 'Q4_0', 'Q4_K', 'Q6_K'];
const tiling = chooseTiling(false);

// A native module, which not every platform can load.
const dawn = await import('webgpu').catch(() => undefined);
const gpu = dawn?.create(['backend=null']);

describe.skipIf(gpu === undefined)('where there is shader-f16', () => {
  let device: GPUDevice;
  beforeAll(async () => {
    const adapter = await gpu?.requestAdapter();
    if (!adapter) throw new Error('Dawn has no adapter that only compiles');
    device = await adapter.requestDevice({ requiredFeatures: ['shader-f16'] });
  });
  afterAll(() => device?.destroy());

  /** What the compiler has against it. */
  async function problemsOf({ code, entryPoint, constants }: KernelSpec): Promise<string[]> {
    device.pushErrorScope('validation');
    const module = device.createShaderModule({ code });
    const { messages } = await module.getCompilationInfo();
    const compute = { module, entryPoint, constants };
    device.createComputePipeline({ layout: 'auto', compute });
    const error = await device.popErrorScope();
    return [...messages.map(({ message }) => message), ...(error ? [error.message] : [])];
  }

  test.each(TYPES)('products of %s compile', async (type) => {
    const specs = [
      matVecKernel(type, { variant: 'f16', tiling }),
      gateUpKernel(type, { variant: 'f16', tiling, normEpsilon: 1e-5 }),
      matMulKernel(type, 'f16'),
    ];
    for (const spec of specs) expect(await problemsOf(spec), spec.entryPoint).toEqual([]);
  });

  test('what does not compile is noticed', async () => {
    const spec = matMulKernel('Q4_0', 'f16');
    const mixed = { ...spec, code: spec.code.replace('to_value(value)', 'value') };
    expect(await problemsOf(mixed)).toContainEqual(expect.stringContaining('cannot assign'));
  });
});
