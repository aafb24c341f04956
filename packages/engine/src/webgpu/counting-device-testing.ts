import type { GpuDevice } from './device.ts';
import { createKernelCache } from './kernel.ts';

/** What was created on a device, and how many bytes of buffers there were at a time: for tests. */
export interface DeviceCounts {
  buffers: number;
  bindGroups: number;
  shaderModules: number;
  pipelines: number;
  bytes: number;
  bytesPeak: number;
  /** Calls of `submit`. */
  submits: number;
  /** Bytes given to `writeBuffer`. */
  writtenBytes: number;
  /** Buffers for which this is true are refused, as a device without memory does. */
  refuses: (buffer: GPUBufferDescriptor) => boolean;
}

/** The same device, watched. */
export function countDevice(gpu: GpuDevice): { gpu: GpuDevice; counts: DeviceCounts } {
  const { device } = gpu;
  const counts: DeviceCounts = {
    buffers: 0,
    bindGroups: 0,
    shaderModules: 0,
    pipelines: 0,
    bytes: 0,
    bytesPeak: 0,
    submits: 0,
    writtenBytes: 0,
    refuses: () => false,
  };
  const watched: Partial<GPUDevice> = {
    createBuffer(descriptor) {
      if (counts.refuses(descriptor)) throw new RangeError('refused by the test');
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
