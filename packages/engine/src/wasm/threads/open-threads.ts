import { canShareMemory } from '../../worker/choose-threads.ts';
import { createKernels, type Kernels, type KernelVariant, kernelModule } from '../kernels.ts';
import { createWasmMemory, type WasmMemory } from '../memory.ts';
import { startHelpers } from './start-helpers.ts';
import { createThreads, type Threads } from './threads.ts';

export interface ThreadOptions {
  readonly memoryBytesMax: number;
  readonly threadsMax?: number | undefined;
}

/** A memory, and the threads that compute in it: one where the page is not isolated. */
export async function openThreads(
  variant: KernelVariant,
  { memoryBytesMax, threadsMax = 1 }: ThreadOptions,
): Promise<{ memory: WasmMemory; kernels: Kernels; threads: Threads }> {
  const shared = threadsMax > 1 ? sharedMemory(memoryBytesMax) : undefined;
  const helpers =
    shared && (await startHelpers(await kernelModule(variant, true), shared, threadsMax - 1));
  // Growing a memory that is shared for nobody costs what it need not.
  const memory = shared && helpers ? shared : createWasmMemory(memoryBytesMax);
  const kernels = await createKernels(variant, memory.memory);
  return { memory, kernels, threads: createThreads(kernels, helpers) };
}

/** Some browsers reserve all that it may grow to, and have not that much: then one thread has to do. */
function sharedMemory(memoryBytesMax: number): WasmMemory | undefined {
  if (!canShareMemory()) return undefined;
  try {
    return createWasmMemory(memoryBytesMax, true);
  } catch {
    return undefined;
  }
}
