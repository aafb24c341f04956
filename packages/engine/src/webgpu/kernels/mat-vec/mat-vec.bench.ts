import { createRandom } from '@manyhands/testkit/random';
import { bench, describe } from 'vitest';
import { requestDevice } from '../../device.ts';
import { type Dispatch, recordDispatches, type Workgroups } from '../../dispatch.ts';
import type { Bindable, KernelSpec } from '../../kernel.ts';
import { uploadPacked, uploadTexture } from '../../kernel-testing.ts';
import { DEVICE_TYPES, randomWeights } from '../../weights/random-weights.ts';
import { matMulKernel, matMulWorkgroups } from '../mat-mul/mat-mul.ts';
import { chooseTiling, shapeWords } from '../product-shape.ts';
import { productFeatures, supportsManyRows, supportsOneRow } from '../product-variant.ts';
import {
  matVecKernel,
  matVecRowsKernel,
  matVecRowsWorkgroups,
  matVecWorkgroups,
} from './mat-vec.ts';

/*
 * `npx vitest bench --project browser packages/engine/src/webgpu/kernels/mat-vec`: every variant and type
 * on this adapter. One round multiplies MATRIX_COUNT matrices of a million weights, so 1000 / (its mean in
 * milliseconds) times MATRIX_COUNT is millions of weights a second.
 */
const [ROW_COUNT, COLUMN_COUNT, MATRIX_COUNT] = [1024, 1024, 16];
const TOKEN_COUNTS = [4, 64];
const ROUNDS = { time: 300, iterations: 5, warmupTime: 0, warmupIterations: 1 };

const { device, isFallback, kernels } = await requestDevice();
const features = productFeatures(device, isFallback);
const tiling = chooseTiling(isFallback);
const random = createRandom(1);

function upload(data: Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer>, usage: number) {
  const size = Math.max(data.byteLength, 16);
  const buffer = device.createBuffer({ size, usage: usage | GPUBufferUsage.COPY_DST });
  device.queue.writeBuffer(buffer, 0, data);
  return buffer;
}

const { STORAGE, UNIFORM } = GPUBufferUsage;
const x = upload(random.floats(COLUMN_COUNT * 64), STORAGE);
const gain = upload(random.floats(COLUMN_COUNT), STORAGE);
const out = upload(new Float32Array(ROW_COUNT * 64), STORAGE);
const packed = uploadPacked(device, {
  columnCount: COLUMN_COUNT,
  rowCount: 64,
  values: random.floats(COLUMN_COUNT * 64),
});

describe.each(DEVICE_TYPES)('%s', (type) => {
  const { words } = randomWeights(random, type, ROW_COUNT, COLUMN_COUNT);
  const matrix = { type, rowCount: ROW_COUNT, columnCount: COLUMN_COUNT };
  const inBuffer = upload(words, STORAGE);
  const inTexture = uploadTexture(device, { ...matrix, words });
  const weightsFor = (variant: string) => (variant === 'quad' ? inTexture : inBuffer);
  const placed = { ...matrix, outOffset: 0, outStride: ROW_COUNT, accumulates: false };
  const shape = upload(shapeWords(placed), UNIFORM);

  const round = async (
    spec: KernelSpec,
    resources: Bindable[],
    tokens: number,
    size: Workgroups,
  ) => {
    const kernel = await kernels.get(spec);
    const params = upload(Uint32Array.of(tokens, 0, 0, 0), UNIFORM);
    const group = kernel.bind(params, resources);
    const dispatch: Dispatch = { kernel, group, workgroups: () => size };
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    recordDispatches(pass, new Array<Dispatch>(MATRIX_COUNT).fill(dispatch), tokens, 0);
    pass.end();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
    params.destroy();
  };

  for (const variant of ['staged', 'subgroups', 'i8', 'f16', 'quad'] as const) {
    if (!supportsOneRow(variant, type, features)) continue;
    const spec = matVecKernel(type, { variant, tiling, normEpsilon: 1e-5 });
    const run = () =>
      round(
        spec,
        [shape, weightsFor(variant), x, gain, out],
        1,
        matVecWorkgroups(variant, ROW_COUNT, 1),
      );
    bench(`1 row, ${variant}`, run, ROUNDS);
  }
  for (const tokens of TOKEN_COUNTS) {
    for (const variant of ['staged', 'quad'] as const) {
      if (variant === 'quad' && !features.hasSubgroups) continue;
      const spec = matVecRowsKernel(type, { variant, tiling });
      const size = matVecRowsWorkgroups(variant, ROW_COUNT, tokens);
      const inputs = variant === 'quad' ? [packed] : [x, gain];
      const run = () => round(spec, [shape, weightsFor(variant), ...inputs, out], tokens, size);
      bench(`${tokens} rows, ${variant}`, run, ROUNDS);
    }
    for (const variant of ['tiled', 'wide', 'f16'] as const) {
      if (!supportsManyRows(variant, type, features)) continue;
      const spec = matMulKernel(type, variant);
      const size = matMulWorkgroups(variant, ROW_COUNT, tokens);
      const run = () => round(spec, [shape, inBuffer, x, out], tokens, size);
      bench(`${tokens} rows, ${variant}`, run, ROUNDS);
    }
  }
});
