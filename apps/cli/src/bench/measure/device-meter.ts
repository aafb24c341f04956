/** What every engine of this thread asks of the browser, counted at the browser's own functions. */
export interface DeviceMeter {
  dispatchCount(): number;
  /** The most bytes that lived in GPU buffers at a time. */
  peakGpuBytes(): number;
  /** Linear memory that WebAssembly modules hold; it never shrinks. */
  wasmBytes(): number;
}

/** Counts from now on. Engines and rivals are counted alike, and none of them needs to know. */
export function installDeviceMeter(): DeviceMeter {
  let dispatches = 0;
  const countDispatch = () => {
    dispatches += 1;
  };
  const buffers = meterBuffers();
  const memories = meterMemories();
  if (typeof GPUComputePassEncoder !== 'undefined') {
    const pass = GPUComputePassEncoder.prototype;
    before(pass, 'dispatchWorkgroups', countDispatch);
    before(pass, 'dispatchWorkgroupsIndirect', countDispatch);
  }
  return { dispatchCount: () => dispatches, peakGpuBytes: () => buffers.peak, wasmBytes: memories };
}

type Method<Key extends string> = { [name in Key]: (...args: never[]) => unknown };

/** Calls `notice` with the object before its method runs. */
function before<Key extends string, Target extends Method<Key>>(
  target: Target,
  key: Key,
  notice: (self: Target) => void,
): void {
  const original: (...args: never[]) => unknown = target[key];
  Object.assign(target, {
    [key](this: Target, ...args: unknown[]) {
      notice(this);
      return original.apply(this, args as never[]);
    },
  });
}

function meterBuffers(): { readonly peak: number } {
  const sizes = new WeakMap<GPUBuffer, number>();
  const count = { live: 0, peak: 0 };
  if (typeof GPUDevice === 'undefined') return count;
  const createBuffer = GPUDevice.prototype.createBuffer;
  GPUDevice.prototype.createBuffer = function (descriptor) {
    const buffer = createBuffer.call(this, descriptor);
    sizes.set(buffer, buffer.size);
    count.live += buffer.size;
    count.peak = Math.max(count.peak, count.live);
    return buffer;
  };
  before(GPUBuffer.prototype, 'destroy', (buffer) => {
    count.live -= sizes.get(buffer) ?? 0;
    sizes.delete(buffer);
  });
  return count;
}

function meterMemories(): () => number {
  const memories: WebAssembly.Memory[] = [];
  WebAssembly.Memory = new Proxy(WebAssembly.Memory, {
    construct(target, args: [WebAssembly.MemoryDescriptor]) {
      const memory = new target(...args);
      memories.push(memory);
      return memory;
    },
  });
  return () => memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
}
