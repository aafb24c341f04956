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

/** Why a stage is loaded again, and how much less of it: who shows it makes a sentence of it. */
export interface RecoveryReason {
  readonly code: 'out-of-memory' | 'device-lost' | 'engine-stopped' | 'wrong-results' | 'gpu-gone';
  /** Where fewer blocks are held than before. */
  readonly shrunk?: { readonly blockCount: number; readonly blockCountBefore: number };
}

export type Recovery =
  | { readonly plan: StagePlan; readonly reason: RecoveryReason }
  /** Why trying again would not help. */
  | { readonly giveUp: string };

/**
 * What to load after a setback, the last of `setbacks`. Whatever it is, the pieces are in the cache,
 * so trying again costs no download; but a device that fails again and again is left alone.
 */
export function planRecovery(plan: StagePlan, setbacks: readonly Setback[]): Recovery {
  const last = setbacks.at(-1);
  if (last === undefined) return { giveUp: 'Nothing failed.' };
  const recent = setbacks.filter(({ atMs }) => last.atMs - atMs <= RECOVERY_WINDOW_MS);
  if (recent.length > RECOVERIES_MAX) {
    return { giveUp: `It failed ${recent.length} times within minutes.` };
  }
  switch (last.code) {
    case 'out-of-memory':
    case 'over-budget':
      return shrink(plan, 'out-of-memory');
    case 'device-lost': {
      if (plan.range === undefined && plan.backend !== 'wasm') return onProcessor(plan, 'gpu-gone');
      const smaller = shrink(plan, 'device-lost');
      // One block cannot be fewer, but the device may be back.
      return 'plan' in smaller ? smaller : { plan, reason: { code: 'device-lost' } };
    }
    case 'timed-out':
    case 'disposed': {
      const isFirst = recent.filter(({ code }) => code === last.code).length === 1;
      const code = 'engine-stopped';
      return isFirst ? { plan, reason: { code } } : shrink(plan, code);
    }
    case 'no-adapter':
    case 'no-webgpu':
      // The person wanted the GPU and it served: better to go on without than to leave.
      if (recent.every(({ code }) => code !== 'device-lost') || plan.backend === 'wasm') {
        return { giveUp: 'There is no GPU to use.' };
      }
      return onProcessor(plan, 'gpu-gone');
    case 'validation':
    case 'self-test-failed':
      if (plan.backend !== 'auto') return { giveUp: 'This backend does not compute rightly here.' };
      return onProcessor(plan, 'wrong-results');
    default:
      return { giveUp: 'Trying again would not help.' };
  }
}

function onProcessor(plan: StagePlan, code: RecoveryReason['code']): Recovery {
  return { plan: { ...plan, backend: 'wasm' }, reason: { code } };
}

/** The first half of the blocks: their pieces are in the cache already. */
function shrink(plan: StagePlan, code: RecoveryReason['code']): Recovery {
  if (plan.range === undefined) return { giveUp: 'A whole model cannot be made smaller.' };
  const { firstBlock, endBlock, embeds } = plan.range;
  const blockCount = endBlock - firstBlock;
  if (blockCount <= 1) return { giveUp: 'It fails even with one block.' };
  const half = firstBlock + Math.ceil(blockCount / 2);
  const range = { firstBlock, endBlock: half, embeds, heads: false };
  const shrunk = { blockCount: half - firstBlock, blockCountBefore: blockCount };
  return { plan: { ...plan, range }, reason: { code, shrunk } };
}
