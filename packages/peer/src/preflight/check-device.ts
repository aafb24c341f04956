import type { CheckResult, PreflightScope } from './check.ts';

/** Gigabytes below which a tab holds few blocks. */
const MEMORY_GB_MIN = 4;
const BROWSERS =
  'Use a recent Chrome, Edge or Safari 26, or Firefox 141 on Windows. On Linux, Chrome may need chrome://flags/#enable-unsafe-webgpu.';

export function checkSecureContext({ isSecureContext }: PreflightScope): CheckResult {
  const id = 'secure-context';
  if (isSecureContext) return { id, level: 'ok', text: 'The page was opened securely.' };
  return {
    id,
    level: 'problem',
    text: 'The page was opened over plain http, where browsers allow neither GPU nor encryption.',
    remedy: 'Open the https address of this site, or localhost.',
  };
}

/** Whether anything here can compute a block. */
export function checkCompute({ navigator }: PreflightScope, hasWasmSimd: boolean): CheckResult {
  const id = 'compute';
  if (hasWasmSimd)
    return { id, level: 'ok', text: 'The processor can compute (WebAssembly SIMD).' };
  if (navigator.gpu !== undefined) {
    return {
      id,
      level: 'warning',
      text: 'The processor cannot compute here, so only the GPU can.',
      remedy: `Where the GPU fails nothing takes over. ${BROWSERS}`,
    };
  }
  return {
    id,
    level: 'problem',
    text: 'This browser has neither WebGPU nor WebAssembly SIMD.',
    remedy: `Update it, or lift the policy that forbids them. ${BROWSERS}`,
  };
}

/** An adapter is a name and limits: nothing runs on it. */
export async function checkGpu(
  { navigator }: PreflightScope,
  isAsked: boolean,
): Promise<CheckResult> {
  const id = 'gpu';
  const { gpu } = navigator;
  if (gpu === undefined) {
    return {
      id,
      level: 'warning',
      text: 'This browser has no WebGPU: the processor computes, which is slower.',
      remedy: BROWSERS,
    };
  }
  if (!isAsked) return { id, level: 'ok', text: 'WebGPU is there. Which GPU is not asked yet.' };
  const adapter = await gpu.requestAdapter();
  if (adapter === null) {
    return {
      id,
      level: 'warning',
      text: 'The browser offers no GPU: the processor computes, which is slower.',
      remedy: 'Switch on hardware acceleration in the browser’s settings and restart it.',
    };
  }
  const { vendor, architecture, description } = adapter.info;
  const name = description || [vendor, architecture].filter(Boolean).join(' ') || 'unnamed';
  if (adapter.info.isFallbackAdapter) {
    return {
      id,
      level: 'warning',
      text: `The browser draws with software (${name}): the processor computes directly instead.`,
      remedy: 'Switch on hardware acceleration in the browser’s settings and restart it.',
    };
  }
  return { id, level: 'ok', text: `The GPU can be used (${name}).` };
}

export function checkMemory({ navigator }: PreflightScope): CheckResult {
  const id = 'memory';
  const { deviceMemory } = navigator;
  if (deviceMemory === undefined) {
    return { id, level: 'unknown', text: 'This browser does not tell how much memory there is.' };
  }
  if (deviceMemory >= MEMORY_GB_MIN) {
    return { id, level: 'ok', text: `There are ${deviceMemory} GB of memory or more.` };
  }
  return {
    id,
    level: 'warning',
    text: `This device has about ${deviceMemory} GB of memory, enough for a few blocks.`,
    remedy: 'Close other tabs, keep the memory limit low, and choose a small model.',
  };
}

export async function checkBattery({ navigator }: PreflightScope): Promise<CheckResult> {
  const id = 'battery';
  const battery = await navigator.getBattery?.().catch(() => undefined);
  if (battery === undefined) {
    return {
      id,
      level: 'unknown',
      text: 'This browser does not tell whether it runs on a battery.',
    };
  }
  if (battery.charging) return { id, level: 'ok', text: 'The device is plugged in.' };
  return {
    id,
    level: 'warning',
    text: 'The device runs on its battery.',
    remedy: 'Plug it in, or allow it under “When to contribute”.',
  };
}

export function checkVisibility({ document }: PreflightScope): CheckResult {
  const id = 'visibility';
  if (document.visibilityState !== 'hidden') {
    return { id, level: 'ok', text: 'The tab is in front.' };
  }
  return {
    id,
    level: 'warning',
    text: 'The tab is hidden: the browser may slow it down or freeze it.',
    remedy: 'Give it a window of its own, and exempt this site from memory saving.',
  };
}
