import { type CheckResult, found, type PreflightScope } from './check.ts';

/** Gigabytes below which a tab holds few blocks. */
const MEMORY_GB_MIN = 4;

export function checkSecureContext({ isSecureContext }: PreflightScope): CheckResult {
  return found(isSecureContext ? 'secure' : 'insecure');
}

/** Whether anything here can compute a block. */
export function checkCompute({ navigator }: PreflightScope, hasWasmSimd: boolean): CheckResult {
  if (hasWasmSimd) return found('simd');
  return found(navigator.gpu === undefined ? 'no-compute' : 'gpu-only');
}

/** An adapter is a name and limits: nothing runs on it. */
export async function checkGpu(
  { navigator }: PreflightScope,
  isAsked: boolean,
): Promise<CheckResult> {
  const { gpu } = navigator;
  if (gpu === undefined) return found('no-webgpu');
  if (!isAsked) return found('webgpu');
  const adapter = await gpu.requestAdapter();
  if (adapter === null) return found('no-adapter');
  const { vendor, architecture, description, isFallbackAdapter } = adapter.info;
  const name = description || [vendor, architecture].filter(Boolean).join(' ');
  return found(isFallbackAdapter ? 'software-adapter' : 'gpu', { name });
}

export function checkMemory({ navigator }: PreflightScope): CheckResult {
  const { deviceMemory: memoryGb } = navigator;
  if (memoryGb === undefined) return found('memory-untold');
  return found(memoryGb >= MEMORY_GB_MIN ? 'memory' : 'little-memory', { memoryGb });
}

export async function checkBattery({ navigator }: PreflightScope): Promise<CheckResult> {
  const battery = await navigator.getBattery?.().catch(() => undefined);
  if (battery === undefined) return found('battery-untold');
  return found(battery.charging ? 'plugged-in' : 'on-battery');
}

export function checkVisibility({ document }: PreflightScope): CheckResult {
  return found(document.visibilityState === 'hidden' ? 'hidden' : 'in-front');
}
