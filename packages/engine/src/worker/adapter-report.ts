import { isFallbackAdapter } from '../webgpu/device.ts';
import type { AdapterReport } from './engine-api.ts';

/** What pages show and the directory announces of an adapter. */
export function describeAdapter(
  info: GPUAdapterInfo,
  limits: GPUSupportedLimits,
  features: GPUSupportedFeatures,
): AdapterReport {
  return {
    vendor: info.vendor,
    architecture: info.architecture,
    description: info.description || info.device,
    isFallback: isFallbackAdapter(info),
    bufferBytesMax: limits.maxBufferSize,
    bindingBytesMax: limits.maxStorageBufferBindingSize,
    features: [...features].sort(),
  };
}
