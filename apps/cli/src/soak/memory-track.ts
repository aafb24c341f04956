import { slopeOf } from '../bench/swarm/statistics.ts';
import type { Page } from '../browser/chromium.ts';
import { machineNowMs } from '../swarm/clock.ts';

/** Bytes over time of one process or page. */
export interface MemoryTrack {
  readonly name: string;
  readonly samples: readonly (readonly [minute: number, bytes: number])[];
  take(): Promise<void>;
  /**
   * Megabytes a minute by the line through the samples of the later part: caches fill at first.
   * Nothing where there are too few.
   */
  slope(): number | undefined;
}

const SAMPLES_MIN = 4;
/** The first part of a run fills caches and compiles code. */
const WARM_UP_SHARE = 0.25;

export function createMemoryTrack(name: string, read: () => Promise<number>): MemoryTrack {
  const startedMs = machineNowMs();
  const samples: (readonly [number, number])[] = [];
  return {
    name,
    samples,
    async take() {
      samples.push([(machineNowMs() - startedMs) / 60_000, await read()]);
    },
    slope() {
      const settled = samples.slice(Math.floor(samples.length * WARM_UP_SHARE));
      return settled.length < SAMPLES_MIN ? undefined : slopeOf(settled) / 1_000_000;
    },
  };
}

/** What a page's scripts hold after everything that nobody holds was collected. */
export async function openHeapMeter(page: Page): Promise<() => Promise<number>> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.enable');
  return async () => {
    await session.send('HeapProfiler.collectGarbage');
    const { usedSize } = await session.send('Runtime.getHeapUsage');
    return usedSize;
  };
}
