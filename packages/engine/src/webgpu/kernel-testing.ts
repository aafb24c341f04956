import type { DeviceType } from '@manyhands/model/quant/device-type';
import { requestDevice } from './device.ts';
import type { Workgroups } from './dispatch.ts';
import type { Bindable, BindingAccess, KernelSpec } from './kernel.ts';
import { packedSize } from './kernels/pack-inputs/pack-inputs.ts';
import { type ProductFeatures, productFeatures } from './kernels/product-variant.ts';
import { ROWS_PER_GROUP, wordsPerRow } from './weights/row-layout.ts';
import { TEXEL_BYTES, TEXTURE_FORMAT, textureSize, writeGroup } from './weights/texture-layout.ts';

type ParamName = 'tokenCount' | 'splitPositions' | 'firstRow' | 'splitCount';

type Numbers = Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;

/** A matrix, for a buffer or a texture, as the kernel wants it. */
export interface WeightWords {
  readonly type: DeviceType;
  readonly columnCount: number;
  readonly words: Uint32Array<ArrayBuffer>;
}

/** Rows of inputs, for a texture as quads sample them; no values: for a kernel to write. */
export interface PackedRows {
  readonly columnCount: number;
  readonly rowCount: number;
  readonly values?: Float32Array<ArrayBuffer>;
}

/** One launch in a test: kernel, params, buffers and what to read back. */
export interface KernelRun {
  readonly spec: KernelSpec;
  readonly workgroups: Workgroups;
  readonly params?: Partial<Record<ParamName, number>>;
  /** Contents of bindings 1 and on; those with access `write` or `texels` are read back. */
  readonly buffers: readonly (Numbers | WeightWords | PackedRows)[];
}

export interface KernelTester {
  readonly features: ProductFeatures;
  /** What is written holds afterwards, in order, textures line by line; throws on any compiler message. */
  run(run: KernelRun): Promise<Float32Array<ArrayBuffer>[]>;
  dispose(): void;
}

/** For tests: runs single kernels as the stage would, on a device of their own. */
export async function createKernelTester(): Promise<KernelTester> {
  const { device, isFallback, kernels, failure, destroy } = await requestDevice();
  /** Texts that compiled without a message: a kernel meets many sizes, and each of them is the same text. */
  const checked = new Set<string>();
  return {
    features: productFeatures(device, isFallback),
    async run({ spec, workgroups, params = {}, buffers }) {
      if (!checked.has(spec.code)) await expectNoMessages(device, spec);
      checked.add(spec.code);
      const kernel = await kernels.get(spec);
      const { tokenCount = 1, splitPositions = 0, firstRow = 0, splitCount = 1 } = params;
      const slot = upload(
        device,
        Uint32Array.of(tokenCount, splitPositions, firstRow, splitCount),
        true,
      );
      const bound = buffers.map((data, i) => bindable(device, data, spec.bindings[i]));
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      pass.setPipeline(kernel.pipeline);
      pass.setBindGroup(0, kernel.bind(slot, bound), [0]);
      pass.dispatchWorkgroups(...workgroups);
      pass.end();
      const reads = bound
        .filter((_, i) => ['write', 'texels'].includes(spec.bindings[i] ?? ''))
        .map((resource) => copyOut(device, encoder, resource));
      device.queue.submit([encoder.finish()]);
      const results = await Promise.all(reads.map(read));
      for (const resource of [slot, ...bound, ...reads]) resource.destroy();
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

function bindable(
  device: GPUDevice,
  data: Numbers | WeightWords | PackedRows,
  access: BindingAccess | undefined,
): Bindable {
  if ('rowCount' in data) return uploadPacked(device, data);
  if (!('words' in data)) return upload(device, data, access === 'uniform');
  return access === 'texture' ? uploadTexture(device, data) : upload(device, data.words, false);
}

/** For benchmarks too: a matrix as quads read it. */
export function uploadTexture(
  device: GPUDevice,
  { type, columnCount, words }: WeightWords,
): GPUTexture {
  const groupWords = wordsPerRow(type, columnCount) * ROWS_PER_GROUP;
  const groups = words.length / groupWords;
  const texture = device.createTexture({
    size: [...textureSize(type, columnCount, groups)],
    format: TEXTURE_FORMAT,
    usage: GPUTextureUsage.TEXTURE_BINDING | GPUTextureUsage.COPY_DST,
  });
  for (let group = 0; group < groups; group += 1) {
    const part = words.slice(group * groupWords, (group + 1) * groupWords);
    writeGroup(device, texture, group, part);
  }
  return texture;
}

/** For benchmarks too: rows as `pack_inputs` writes them. */
export function uploadPacked(
  device: GPUDevice,
  { columnCount, rowCount, values }: PackedRows,
): GPUTexture {
  const [width, height] = packedSize(columnCount, rowCount);
  const { TEXTURE_BINDING, STORAGE_BINDING, COPY_DST, COPY_SRC } = GPUTextureUsage;
  const texture = device.createTexture({
    size: [width, height],
    format: TEXTURE_FORMAT,
    usage: TEXTURE_BINDING | STORAGE_BINDING | COPY_DST | COPY_SRC,
  });
  for (let row = 0; values !== undefined && row < rowCount; row += 1) {
    const line = new Float32Array(width * 4);
    line.set(values.subarray(row * columnCount, (row + 1) * columnCount));
    device.queue.writeTexture({ texture, origin: [0, row] }, line, {}, [width, 1]);
  }
  return texture;
}

function upload(device: GPUDevice, data: Numbers, isUniform: boolean): GPUBuffer {
  const usage = isUniform ? GPUBufferUsage.UNIFORM : GPUBufferUsage.STORAGE;
  const buffer = device.createBuffer({
    size: Math.max(data.byteLength, 16),
    usage: usage | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC,
  });
  device.queue.writeBuffer(buffer, 0, data);
  return buffer;
}

function copyOut(device: GPUDevice, encoder: GPUCommandEncoder, resource: Bindable): GPUBuffer {
  const isTexture = 'createView' in resource;
  // Of a texture a copy's lines are as long as they have to be.
  const bytesPerRow = isTexture ? Math.ceil((resource.width * TEXEL_BYTES) / 256) * 256 : 0;
  const target = device.createBuffer({
    size: isTexture ? bytesPerRow * resource.height : resource.size,
    usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ,
  });
  if (isTexture) {
    const size = [resource.width, resource.height];
    encoder.copyTextureToBuffer({ texture: resource }, { buffer: target, bytesPerRow }, size);
  } else {
    encoder.copyBufferToBuffer(resource, 0, target, 0, resource.size);
  }
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
