import type { GpuDevice } from './device.ts';
import { createKernelCache } from './kernel.ts';
import { TEXEL_BYTES } from './weights/texture-layout.ts';

/** What was created on a device, and how many bytes of buffers and textures there were at a time: for tests. */
export interface DeviceCounts {
  buffers: number;
  textures: number;
  bindGroups: number;
  shaderModules: number;
  pipelines: number;
  bytes: number;
  bytesPeak: number;
  /** Calls of `submit`. */
  submits: number;
  /** Bytes given to `writeBuffer` and `writeTexture`. */
  writtenBytes: number;
  /** What this is true for is refused, as a device without memory does. */
  refuses: (resource: { readonly label: string; readonly bytes: number }) => boolean;
}

/** The same device, watched. */
export function countDevice(gpu: GpuDevice): { gpu: GpuDevice; counts: DeviceCounts } {
  const { device } = gpu;
  const counts: DeviceCounts = {
    buffers: 0,
    textures: 0,
    bindGroups: 0,
    shaderModules: 0,
    pipelines: 0,
    bytes: 0,
    bytesPeak: 0,
    submits: 0,
    writtenBytes: 0,
    refuses: () => false,
  };
  const refuse = (label = '', bytes: number): void => {
    if (counts.refuses({ label, bytes })) throw new RangeError('refused by the test');
  };
  const watched: Partial<GPUDevice> = {
    createBuffer(descriptor) {
      refuse(descriptor.label, descriptor.size);
      const buffer = device.createBuffer(descriptor);
      counts.buffers += 1;
      counts.bytes += buffer.size;
      counts.bytesPeak = Math.max(counts.bytesPeak, counts.bytes);
      const destroy = buffer.destroy.bind(buffer);
      buffer.destroy = () => {
        counts.bytes -= buffer.size;
        return destroy();
      };
      return buffer;
    },
    createTexture(descriptor) {
      const [width = 1, height = 1] = descriptor.size as readonly number[];
      const bytes = width * height * TEXEL_BYTES;
      refuse(descriptor.label, bytes);
      const texture = device.createTexture(descriptor);
      counts.textures += 1;
      counts.bytes += bytes;
      counts.bytesPeak = Math.max(counts.bytesPeak, counts.bytes);
      const destroy = texture.destroy.bind(texture);
      texture.destroy = () => {
        counts.bytes -= bytes;
        return destroy();
      };
      return texture;
    },
    createBindGroup(descriptor) {
      counts.bindGroups += 1;
      return device.createBindGroup(descriptor);
    },
    createShaderModule(descriptor) {
      counts.shaderModules += 1;
      return device.createShaderModule(descriptor);
    },
    createComputePipelineAsync(descriptor) {
      counts.pipelines += 1;
      return device.createComputePipelineAsync(descriptor);
    },
  };
  const queue = watch<GPUQueue>(device.queue, {
    submit(commands) {
      counts.submits += 1;
      return device.queue.submit(commands);
    },
    writeBuffer(...[buffer, offset, data, ...rest]: Parameters<GPUQueue['writeBuffer']>) {
      counts.writtenBytes += data.byteLength;
      return device.queue.writeBuffer(buffer, offset, data, ...rest);
    },
    writeTexture(...[target, data, layout, size]: Parameters<GPUQueue['writeTexture']>) {
      counts.writtenBytes += layout.bytesPerRow ?? 0;
      return device.queue.writeTexture(target, data, layout, size);
    },
  });
  const own = watch(device, { ...watched, queue });
  // Kernels compiled elsewhere would bind and compile unseen.
  return { gpu: { ...gpu, device: own, kernels: createKernelCache(own) }, counts };
}

/** Methods of platform objects only run on the object itself. */
function watch<Target extends object>(target: Target, own: Partial<Target>): Target {
  return new Proxy(target, {
    get(_, key) {
      if (key in own) return own[key as keyof Target];
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
