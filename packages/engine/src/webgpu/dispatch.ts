import type { Kernel } from './kernel.ts';

/** A kernel with its buffers. */
export interface Launch {
  readonly kernel: Kernel;
  readonly group: GPUBindGroup;
}

/** One recorded launch, sized by the rows of the step. */
export interface Dispatch extends Launch {
  readonly workgroups: (tokenCount: number) => Workgroups;
}

export type Workgroups = readonly [x: number, y: number, z: number];

/** WebGPU's `maxComputeWorkgroupsPerDimension`, which no adapter raises. */
const WORKGROUPS_PER_DIMENSION_MAX = 65_535;

/** Folds `count` workgroups into x and y; kernels compute `x + y * num_workgroups.x`. */
export function foldWorkgroups(count: number, z = 1): Workgroups {
  if (count <= WORKGROUPS_PER_DIMENSION_MAX) return [count, 1, z];
  const y = Math.ceil(count / WORKGROUPS_PER_DIMENSION_MAX);
  return [Math.ceil(count / y), y, z];
}

/** Records dispatches into one pass and counts them. */
export function recordDispatches(
  pass: GPUComputePassEncoder,
  dispatches: readonly Dispatch[],
  tokenCount: number,
  paramsOffset: number,
): number {
  for (const dispatch of dispatches) {
    recordLaunch(pass, dispatch, dispatch.workgroups(tokenCount), paramsOffset);
  }
  return dispatches.length;
}

export function recordLaunch(
  pass: GPUComputePassEncoder,
  { kernel, group }: Launch,
  workgroups: Workgroups,
  paramsOffset = 0,
): void {
  pass.setPipeline(kernel.pipeline);
  pass.setBindGroup(0, group, [paramsOffset]);
  pass.dispatchWorkgroups(...workgroups);
}
