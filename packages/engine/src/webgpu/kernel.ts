import { EngineError } from '../error.ts';
import { TEXTURE_FORMAT } from './weights/texture-layout.ts';

/**
 * How a kernel uses a buffer, that it reads a texture, writes its texels, or samples one: the sampler is the
 * kernel's own and comes last. Binding 0 is always the params slot, see kernels/params.wgsl.
 */
export type BindingAccess = 'uniform' | 'read' | 'write' | 'texture' | 'texels' | 'sampler';

/** What is bound. */
export type Bindable = GPUBuffer | GPUTexture;

/** One compute pipeline: everything that decides its code. */
export interface KernelSpec {
  /** The WGSL entry point, which carries the op's name. */
  readonly entryPoint: string;
  /** Which file of the op runs, e.g. `q8-0`. */
  readonly variant: string;
  readonly code: string;
  /** Bindings 1 and on. */
  readonly bindings: readonly BindingAccess[];
  /** Values of the `override` declarations. */
  readonly constants: Readonly<Record<string, number>>;
}

export interface Kernel {
  readonly label: string;
  readonly pipeline: GPUComputePipeline;
  /** `params` is one 256-byte slot; its offset is given at dispatch. */
  bind(params: GPUBuffer, resources: readonly Bindable[]): GPUBindGroup;
}

/** Bytes between two params slots: the largest alignment a device may ask for. */
export const PARAMS_SLOT_BYTES = 256;

export interface KernelCache {
  get(spec: KernelSpec): Promise<Kernel>;
}

/** Compiles each kernel once: blocks of one model share their pipelines. */
export function createKernelCache(device: GPUDevice): KernelCache {
  const kernels = new Map<string, Promise<Kernel>>();
  const layouts = new Map<string, GPUBindGroupLayout>();

  const layoutFor = (bindings: readonly BindingAccess[]): GPUBindGroupLayout => {
    const key = bindings.join();
    const known = layouts.get(key);
    if (known !== undefined) return known;
    const layout = device.createBindGroupLayout({ label: key, entries: layoutEntries(bindings) });
    layouts.set(key, layout);
    return layout;
  };

  return {
    get(spec) {
      const key = kernelKey(spec);
      const known = kernels.get(key);
      if (known !== undefined) return known;
      const kernel = compile(device, spec, layoutFor(spec.bindings));
      kernels.set(key, kernel);
      return kernel;
    },
  };
}

function kernelKey(spec: KernelSpec): string {
  const constants = Object.entries(spec.constants)
    .map(([name, value]) => `${name}=${value}`)
    .sort();
  return [spec.entryPoint, spec.variant, ...constants].join(' ');
}

async function compile(
  device: GPUDevice,
  spec: KernelSpec,
  layout: GPUBindGroupLayout,
): Promise<Kernel> {
  const label = `${spec.entryPoint} ${spec.variant}`;
  const module = device.createShaderModule({ label, code: spec.code });
  try {
    const pipeline = await device.createComputePipelineAsync({
      label,
      layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module, entryPoint: spec.entryPoint, constants: { ...spec.constants } },
    });
    const samplers = spec.bindings.includes('sampler') ? [device.createSampler()] : [];
    return { label, pipeline, bind: (...args) => bind(device, label, layout, samplers, ...args) };
  } catch (cause) {
    throw new EngineError(
      'validation',
      `the kernel "${label}" does not compile on this adapter; update the browser or the driver, ` +
        'or use another device',
      { cause },
    );
  }
}

function bind(
  device: GPUDevice,
  label: string,
  layout: GPUBindGroupLayout,
  samplers: readonly GPUSampler[],
  params: GPUBuffer,
  resources: readonly Bindable[],
): GPUBindGroup {
  const bound = resources.map((resource) =>
    'createView' in resource ? resource.createView() : { buffer: resource },
  );
  const entries = [...bound, ...samplers].map((resource, i) => ({ binding: i + 1, resource }));
  const slot = { buffer: params, size: PARAMS_BYTES };
  return device.createBindGroup({
    label,
    layout,
    entries: [{ binding: 0, resource: slot }, ...entries],
  });
}

const PARAMS_BYTES = 16;

const RESOURCES: Record<
  BindingAccess,
  Pick<GPUBindGroupLayoutEntry, 'buffer' | 'texture' | 'storageTexture' | 'sampler'>
> = {
  uniform: { buffer: { type: 'uniform' } },
  read: { buffer: { type: 'read-only-storage' } },
  write: { buffer: { type: 'storage' } },
  texture: { texture: { sampleType: 'unfilterable-float' } },
  texels: { storageTexture: { access: 'write-only', format: TEXTURE_FORMAT } },
  sampler: { sampler: { type: 'non-filtering' } },
};

function layoutEntries(bindings: readonly BindingAccess[]): GPUBindGroupLayoutEntry[] {
  const visibility = GPUShaderStage.COMPUTE;
  const params = { type: 'uniform', hasDynamicOffset: true, minBindingSize: PARAMS_BYTES } as const;
  return [
    { binding: 0, visibility, buffer: params },
    ...bindings.map((access, i) => ({ binding: i + 1, visibility, ...RESOURCES[access] })),
  ];
}
