import { requestDevice } from './device.ts';
import type { Workgroups } from './dispatch.ts';
import type { KernelSpec } from './kernel.ts';
import { type ProductFeatures, productFeatures } from './kernels/product-variant.ts';

type ParamName = 'tokenCount' | 'splitPositions' | 'firstRow' | 'splitCount';

/** One launch in a test: kernel, params, buffers and what to read back. */
export interface KernelRun {
  readonly spec: KernelSpec;
  readonly workgroups: Workgroups;
  readonly params?: Partial<Record<ParamName, number>>;
  /** Contents of bindings 1 and on; those with access `write` are read back. */
  readonly buffers: readonly (Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>)[];
}

export interface KernelTester {
  readonly features: ProductFeatures;
  /** What every written buffer holds afterwards, in order; throws on any compiler message. */
  run(run: KernelRun): Promise<Float32Array<ArrayBuffer>[]>;
  dispose(): void;
}

/** For tests: runs single kernels as the stage would, on a device of their own. */
export async function createKernelTester(): Promise<KernelTester> {
  const { device, isFallback, kernels, failure, destroy } = await requestDevice();
  return {
    features: productFeatures(device, isFallback),
    async run({ spec, workgroups, params = {}, buffers }) {
      await expectNoMessages(device, spec);
      const kernel = await kernels.get(spec);
      const { tokenCount = 1, splitPositions = 0, firstRow = 0, splitCount = 1 } = params;
      const slot = upload(
        device,
        Uint32Array.of(tokenCount, splitPositions, firstRow, splitCount),
        true,
      );
      const bound = buffers.map((data, i) => upload(device, data, spec.bindings[i] === 'uniform'));
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      pass.setPipeline(kernel.pipeline);
      pass.setBindGroup(0, kernel.bind(slot, bound), [0]);
      pass.dispatchWorkgroups(...workgroups);
      pass.end();
      const reads = bound
        .filter((_, i) => spec.bindings[i] === 'write')
        .map((buffer) => copyOut(device, encoder, buffer));
      device.queue.submit([encoder.finish()]);
      const results = await Promise.all(reads.map(read));
      for (const buffer of [slot, ...bound, ...reads]) buffer.destroy();
      const error = failure();
      if (error !== undefined) throw error;
      return results;
    },
    dispose: destroy,
  };
}

/** Sizes that every kernel meets: one, around a workgroup, a real one, a prime. */
export const ODD_SIZES = [1, 63, 64, 65, 576, 131] as const;

async function expectNoMessages(device: GPUDevice, spec: KernelSpec): Promise<void> {
  const module = device.createShaderModule({ code: spec.code });
  const { messages } = await module.getCompilationInfo();
  if (messages.length === 0) return;
  const list = messages.map((m) => `${m.type} ${m.lineNum}:${m.linePos} ${m.message}`);
  throw new Error(`${spec.entryPoint} ${spec.variant}: ${list.join('; ')}`);
}

function upload(
  device: GPUDevice,
  data: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>,
  isUniform: boolean,
): GPUBuffer {
  const usage = isUniform ? GPUBufferUsage.UNIFORM : GPUBufferUsage.STORAGE;
  const buffer = device.createBuffer({
    size: Math.max(data.byteLength, 16),
    usage: usage | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC,
  });
  device.queue.writeBuffer(buffer, 0, data);
  return buffer;
}

function copyOut(device: GPUDevice, encoder: GPUCommandEncoder, buffer: GPUBuffer): GPUBuffer {
  const target = device.createBuffer({
    size: buffer.size,
    usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ,
  });
  encoder.copyBufferToBuffer(buffer, 0, target, 0, buffer.size);
  return target;
}

async function read(buffer: GPUBuffer): Promise<Float32Array<ArrayBuffer>> {
  await buffer.mapAsync(GPUMapMode.READ);
  return new Float32Array(buffer.getMappedRange().slice(0));
}

/** The largest difference, relative to the largest expected value. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let difference = 0;
  let size = 0;
  for (let i = 0; i < expected.length; i += 1) {
    const error = Math.abs((actual[i] as number) - (expected[i] as number));
    // NaN compares false with everything, so it has to be asked for.
    difference = Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(difference, error);
    size = Math.max(size, Math.abs(expected[i] as number));
  }
  return difference / Math.max(size, Number.MIN_VALUE);
}
