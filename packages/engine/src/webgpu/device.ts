import { EngineError } from '../error.ts';
import { createKernelCache, type KernelCache } from './kernel.ts';

/** A device with the adapter's largest limits, and what went wrong on it. */
export interface GpuDevice {
  readonly device: GPUDevice;
  readonly info: GPUAdapterInfo;
  /** Software, e.g. SwiftShader: kernels are chosen differently there. */
  readonly isFallback: boolean;
  /** What is compiled, for all stages of this device: the self-test's stage and the one it proves. */
  readonly kernels: KernelCache;
  /**
   * Resolves with the reason when the device can be used no more: lost, destroyed, or an error that no
   * caller asked for, after which its results cannot be trusted.
   */
  readonly lost: Promise<string>;
  /** Why nothing can run any more, once that is so. */
  failure(): EngineError | undefined;
  destroy(): void;
}

/** What kernels have variants for. */
const OPTIONAL_FEATURES: readonly GPUFeatureName[] = ['subgroups', 'shader-f16'];

/** The adapter, or a coded reason why there is none. Allocates nothing. */
export async function requestAdapter(): Promise<GPUAdapter> {
  const gpu: GPU | undefined = globalThis.navigator?.gpu;
  if (gpu === undefined) {
    throw new EngineError(
      'no-webgpu',
      globalThis.isSecureContext === false
        ? 'WebGPU needs a secure page; open this one over https or on localhost'
        : 'this browser has no WebGPU; use a current Chrome, Edge, Safari or Firefox',
    );
  }
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) {
    throw new EngineError(
      'no-adapter',
      'WebGPU found no usable graphics adapter; switch on hardware acceleration or update the driver',
    );
  }
  return adapter;
}

/** Whether the adapter runs in software. */
export function isFallbackAdapter(info: GPUAdapterInfo): boolean {
  return info.isFallbackAdapter || /swiftshader|llvmpipe|lavapipe/i.test(adapterText(info));
}

function adapterText(info: GPUAdapterInfo): string {
  return `${info.vendor} ${info.architecture} ${info.device} ${info.description}`;
}

export async function requestDevice(): Promise<GpuDevice> {
  const adapter = await requestAdapter();
  const device = await adapter
    .requestDevice({
      label: 'manyhands',
      requiredFeatures: OPTIONAL_FEATURES.filter((feature) => adapter.features.has(feature)),
      requiredLimits: {
        maxBufferSize: adapter.limits.maxBufferSize,
        maxStorageBufferBindingSize: adapter.limits.maxStorageBufferBindingSize,
      },
    })
    .catch((cause: unknown) => {
      throw new EngineError(
        'no-adapter',
        'the graphics adapter refused a device; close other pages that use the GPU and reload',
        { cause },
      );
    });
  return watchDevice(device, adapter.info);
}

function watchDevice(device: GPUDevice, info: GPUAdapterInfo): GpuDevice {
  let failure: EngineError | undefined;
  let endUse: (reason: string) => void = () => undefined;
  const lost = new Promise<string>((resolve) => {
    endUse = resolve;
  });
  device.addEventListener('uncapturederror', ({ error }) => {
    failure ??= toEngineError(error);
    endUse(failure.message);
  });
  void device.lost.then(({ reason, message }) => {
    const text = `${reason === 'destroyed' ? 'destroyed' : 'lost'}: ${message}`;
    failure = new EngineError(
      'device-lost',
      `the graphics device was ${text}; load the stage again`,
    );
    endUse(text);
  });
  return {
    device,
    info,
    isFallback: isFallbackAdapter(info),
    kernels: createKernelCache(device),
    lost,
    failure: () => failure,
    destroy: () => device.destroy(),
  };
}

function toEngineError(error: GPUError): EngineError {
  if (error instanceof GPUOutOfMemoryError) {
    return new EngineError('out-of-memory', OUT_OF_MEMORY, { cause: error });
  }
  return new EngineError(
    'validation',
    `the GPU refused a command: ${error.message}; load the stage again and report this`,
  );
}

const OUT_OF_MEMORY = 'the GPU has no memory left; hold fewer blocks or close other pages';

/** Runs `allocate` and throws a coded error where the device refused what it asked for. */
export async function allocating<T>(device: GPUDevice, allocate: () => T): Promise<T> {
  device.pushErrorScope('validation');
  device.pushErrorScope('out-of-memory');
  let result: T;
  try {
    result = allocate();
  } catch (cause) {
    // createBuffer throws a RangeError where a mapped buffer cannot be had.
    await Promise.all([device.popErrorScope(), device.popErrorScope()]);
    throw new EngineError('out-of-memory', OUT_OF_MEMORY, { cause });
  }
  const [memory, validation] = await Promise.all([device.popErrorScope(), device.popErrorScope()]);
  const error = memory ?? validation;
  if (error !== null) throw toEngineError(error);
  return result;
}
