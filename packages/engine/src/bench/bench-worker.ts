import { EngineError } from '../error.ts';
import { requestDevice } from '../webgpu/device.ts';
import { probeDevice, stageLoader } from '../worker/open-device.ts';
import { holdLifeLock } from '../worker/worker-life.ts';
import type { BenchCase, BenchEvent, BenchRow } from './bench-report.ts';
import { BENCH_SHAPES } from './bench-shapes.ts';
import { benchStage } from './bench-stage.ts';

/** Made-up weights of a few blocks; more than this is a mistake in the shapes. */
const MEMORY_BYTES_MAX = 2 * 2 ** 30;

const say = (event: BenchEvent): void => postMessage(event);

addEventListener('message', ({ data }: MessageEvent<readonly BenchCase[]>) => void run(data));

async function run(cases: readonly BenchCase[]): Promise<void> {
  try {
    await holdLifeLock(self.name);
    say({ type: 'device', device: await probeDevice() });
    for (const benchCase of cases) {
      say({ type: 'case', benchCase });
      say({ type: 'row', row: await measure(benchCase) });
    }
    say({ type: 'done' });
  } catch (error) {
    say({ type: 'failed', ...describe(error) });
  }
}

/** A case that fails leaves the others to be measured: its device is its own. */
async function measure(benchCase: BenchCase): Promise<BenchRow> {
  const { shape, type, backend, blockCount } = benchCase;
  const signal = new AbortController().signal;
  const limits = { memoryBytesMax: MEMORY_BYTES_MAX, activations: 'auto', signal } as const;
  try {
    const gpu = backend === 'webgpu' ? await requestDevice() : undefined;
    try {
      const load = stageLoader({ backend, ...(gpu && { gpu }) }, limits);
      const figures = await benchStage(load, BENCH_SHAPES[shape], type, blockCount);
      return { ...benchCase, figures };
    } finally {
      gpu?.destroy();
    }
  } catch (error) {
    return { ...benchCase, problem: describe(error) };
  }
}

function describe(error: unknown) {
  if (error instanceof EngineError) return { code: error.code, message: error.message };
  return { code: 'internal', message: String(error) } as const;
}
