import type { StageRange } from '@manyhands/engine/stage';
import type { BackendChoice } from '@manyhands/engine/worker/choose-backend';
import { RECOVERIES_MAX, RECOVERY_WINDOW_MS } from '../limits.ts';

/** What a volunteer tries to hold, and with what. */
export interface StagePlan {
  /** Absent for a whole model, which cannot be cut. */
  readonly range?: StageRange;
  readonly backend: BackendChoice;
}

/** One time that the device, its memory or the engine's worker failed under a stage. */
export interface Setback {
  readonly code: string;
  readonly atMs: number;
}

export type Recovery =
  | { readonly plan: StagePlan; readonly reason: string }
  /** Why trying again would not help. */
  | { readonly giveUp: string };

/**
 * What to load after a setback, the last of `setbacks`. Whatever it is, the pieces are in the cache,
 * so trying again costs no download; but a device that fails again and again is left alone.
 */
export function planRecovery(plan: StagePlan, setbacks: readonly Setback[]): Recovery {
  const last = setbacks.at(-1);
  if (last === undefined) return { plan, reason: 'Loading.' };
  const recent = setbacks.filter(({ atMs }) => last.atMs - atMs <= RECOVERY_WINDOW_MS);
  if (recent.length > RECOVERIES_MAX) {
    return { giveUp: `It failed ${recent.length} times within minutes.` };
  }
  switch (last.code) {
    case 'out-of-memory':
    case 'over-budget':
      return shrink(plan, 'The memory was not enough.');
    case 'device-lost': {
      if (plan.range === undefined && plan.backend !== 'wasm') return withoutGpu(plan);
      const reason = 'The graphics device was lost.';
      const smaller = shrink(plan, reason);
      // One block cannot be fewer, but the device may be back.
      return 'plan' in smaller ? smaller : { plan, reason };
    }
    case 'timed-out':
    case 'disposed': {
      const isFirst = recent.filter(({ code }) => code === last.code).length === 1;
      const reason = 'The engine stopped unexpectedly.';
      return isFirst ? { plan, reason } : shrink(plan, reason);
    }
    case 'no-adapter':
    case 'no-webgpu':
      // The person wanted the GPU and it served: better to go on without than to leave.
      if (recent.every(({ code }) => code !== 'device-lost') || plan.backend === 'wasm') {
        return { giveUp: 'There is no GPU to use.' };
      }
      return withoutGpu(plan);
    case 'validation':
    case 'self-test-failed':
      if (plan.backend !== 'auto') return { giveUp: 'This backend does not compute rightly here.' };
      return {
        plan: { ...plan, backend: 'wasm' },
        reason: 'The GPU does not compute rightly: using the processor.',
      };
    default:
      return { giveUp: 'Trying again would not help.' };
  }
}

function withoutGpu(plan: StagePlan): Recovery {
  const reason = 'The graphics device was taken away: using the processor.';
  return { plan: { ...plan, backend: 'wasm' }, reason };
}

/** The first half of the blocks: their pieces are in the cache already. */
function shrink(plan: StagePlan, reason: string): Recovery {
  if (plan.range === undefined) return { giveUp: 'A whole model cannot be made smaller.' };
  const { firstBlock, endBlock, embeds } = plan.range;
  const blockCount = endBlock - firstBlock;
  if (blockCount <= 1) return { giveUp: 'It fails even with one block.' };
  const half = firstBlock + Math.ceil(blockCount / 2);
  const range = { firstBlock, endBlock: half, embeds, heads: false };
  return {
    plan: { ...plan, range },
    reason: `${reason} Holding ${half - firstBlock} instead of ${blockCount} blocks.`,
  };
}
