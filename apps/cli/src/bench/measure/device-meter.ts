/** What every engine of this thread asks of the browser, counted at the browser's own functions. */
export interface DeviceMeter {
  dispatchCount(): number;
  /** The most bytes that lived in GPU buffers and textures at a time. */
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
  const resources = meterResources();
  const memories = meterMemories();
  if (typeof GPUComputePassEncoder !== 'undefined') {
    const pass = GPUComputePassEncoder.prototype;
    before(pass, 'dispatchWorkgroups', countDispatch);
    before(pass, 'dispatchWorkgroupsIndirect', countDispatch);
  }
  return {
    dispatchCount: () => dispatches,
    peakGpuBytes: () => resources.peak,
    wasmBytes: memories,
  };
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

function meterResources(): { readonly peak: number } {
  const sizes = new WeakMap<GPUBuffer | GPUTexture, number>();
  const count = { live: 0, peak: 0 };
  if (typeof GPUDevice === 'undefined') return count;
  const add = <Resource extends GPUBuffer | GPUTexture>(resource: Resource, bytes: number) => {
    sizes.set(resource, bytes);
    count.live += bytes;
    count.peak = Math.max(count.peak, count.live);
    return resource;
  };
  const remove = (resource: GPUBuffer | GPUTexture): void => {
    count.live -= sizes.get(resource) ?? 0;
    sizes.delete(resource);
  };
  const { createBuffer, createTexture } = GPUDevice.prototype;
  GPUDevice.prototype.createBuffer = function (descriptor) {
    const buffer = createBuffer.call(this, descriptor);
    return add(buffer, buffer.size);
  };
  GPUDevice.prototype.createTexture = function (descriptor) {
    const texture = createTexture.call(this, descriptor);
    const { width, height, depthOrArrayLayers } = texture;
    return add(texture, width * height * depthOrArrayLayers * texelBytes(texture.format));
  };
  before(GPUBuffer.prototype, 'destroy', remove);
  before(GPUTexture.prototype, 'destroy', remove);
  return count;
}

/** Of formats named for their channels, as `rgba32float`: what engines compute with. */
function texelBytes(format: GPUTextureFormat): number {
  const [, channels = '', bits = '0'] = /^([rgba]+)(\d+)/.exec(format) ?? [];
  return (channels.length * Number(bits)) / 8;
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
