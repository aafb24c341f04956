import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** In Node, two that drive a browser for as long as half of all the others take; then those of kernels. */
const LONGEST = [
  'apps/cli/src/eval/conformance.test.ts',
  'apps/cli/src/bench/engine-bench.test.ts',
  'kernels/gate-up/gate-up.gpu.test.ts',
  'kernels/mat-vec/mat-vec.gpu.test.ts',
  'kernels/attention/attention.gpu.test.ts',
  'packages/engine/src/conformance/activations.gpu.test.ts',
  'packages/engine/src/worker/engine.gpu.test.ts',
  'packages/engine/src/onnx/embedding.browser.test.ts',
  'packages/engine/src/webgpu/kv/kv-precision.gpu.test.ts',
];

/**
 * Begins with the longest files. Vitest knows their times only from an earlier run, and otherwise
 * one processor waits at the end for the other.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rankOf = ({ moduleId }: TestSpecification): number => {
      const rank = LONGEST.findIndex((path) => moduleId.endsWith(path));
      return rank < 0 ? LONGEST.length : rank;
    };
    return (await super.sort(files)).sort((a, b) => rankOf(a) - rankOf(b));
  }
}
