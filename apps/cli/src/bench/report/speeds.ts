import type { Timings } from '../measure/time-contender.ts';
import type { Prefill, Speeds } from './bench-report.ts';

export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

export function speedsOf({ decodeMs, prefill }: Timings): Speeds {
  return {
    decodeMs: median(decodeMs),
    prefill: prefill.map(({ tokenCount, samplesMs }) => ({
      tokenCount,
      ms: samplesMs.length === 0 ? null : median(samplesMs),
    })),
  };
}

/** One block of several that were run alone. */
export function perBlockSpeeds(blocks: Speeds, blockCount: number): Speeds {
  return mapSpeeds(blocks, (ms) => ms / blockCount);
}

/** A model of more blocks: each costs the same, and embedding and head cost what they did. */
export function extrapolate(
  measured: Speeds,
  perBlock: Speeds,
  blockCount: number,
  wholeBlockCount: number,
): Speeds {
  const more = wholeBlockCount - blockCount;
  const prefillOf = ({ tokenCount, ms }: Prefill): Prefill => {
    const block = perBlock.prefill.find((each) => each.tokenCount === tokenCount)?.ms ?? null;
    return { tokenCount, ms: ms === null || block === null ? null : ms + more * block };
  };
  return {
    decodeMs: measured.decodeMs + more * perBlock.decodeMs,
    prefill: measured.prefill.map(prefillOf),
  };
}

function mapSpeeds({ decodeMs, prefill }: Speeds, change: (ms: number) => number): Speeds {
  return {
    decodeMs: change(decodeMs),
    prefill: prefill.map(({ tokenCount, ms }) => ({
      tokenCount,
      ms: ms === null ? null : change(ms),
    })),
  };
}
