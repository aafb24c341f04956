import type { HeldRange } from './coverage.ts';
import {
  copiesWanted,
  msOf,
  type Newcomer,
  offersFor,
  type PlacementChoice,
  type PlacementModel,
  wantsOf,
} from './placement.ts';
import { gainsIn } from './placement-gain.ts';
import { reasonFor, whyOf } from './placement-reason.ts';
import { rangeBytes, type StageSizes } from './stage-sizes.ts';
import { copiesOfModel } from './supply.ts';

export interface MoveRequest extends Newcomer {
  readonly bytesPerMs: number;
  /** As for a newcomer: without what this volunteer holds. */
  readonly models: readonly PlacementModel[];
  readonly held: HeldRange & { readonly modelRoot: string };
  /** Milliseconds it would be without work. */
  readonly downloadMsOf: (model: PlacementModel, range: HeldRange) => number;
  /** How long it is expected to stay. */
  readonly stayMs: number;
  readonly random: () => number;
}

/** What a move must add beyond staying: demand swings and predictions err. */
const MOVE_GAIN_MIN = 1.25;

/**
 * What a volunteer should hold instead of what it does, or `null`. It moves only where what it adds there
 * for the rest of its stay, less the time of the download, beats what it adds here by a quarter, and
 * never where the model it leaves would miss it. Each move raises what all add together, so moves end.
 */
export function chooseMove(request: MoveRequest): PlacementChoice {
  const { models, held, bytesPerMs, numericClass, downloadMsOf, stayMs, random } = request;
  const own = models.find(({ modelRoot }) => modelRoot === held.modelRoot);
  if (own === undefined) return { proposal: null, reason: 'Its model is not offered any more.' };
  if (isNeeded(own, request))
    return { proposal: null, reason: `${own.name} needs it where it is.` };
  const isWhole = held.endBlock - held.firstBlock === own.blockCount;
  const supply =
    isWhole || numericClass === undefined ? own.supply.all : own.supply.of(numericClass);
  const stays = gainsIn(supply, wantsOf(own, request.habits), msOf(own, bytesPerMs)).of(held);
  for (const offer of offersFor(models, request, random)) {
    const { model, range, need, gain } = offer;
    if (need === 'is-far' || need === 'brings-nearer' || need === 'adds-nothing') continue;
    const isSame =
      model === own && range.firstBlock === held.firstBlock && range.endBlock === held.endBlock;
    const left = stayMs - downloadMsOf(model, range);
    if (isSame || gain * left <= stays * stayMs * MOVE_GAIN_MIN) continue;
    const why = whyOf(model, offer);
    return {
      proposal: { kind: 'blocks', modelRoot: model.modelRoot, ...range },
      reason: reasonFor(model, offer, why),
      why,
    };
  }
  return { proposal: null, reason: 'Nothing else would help more than staying.' };
}

/** The model would lack copies without it, and has more with it. */
function isNeeded(own: PlacementModel, request: MoveRequest): boolean {
  const without = copiesOfModel(own.supply);
  if (without === 0) return true;
  if (without >= copiesWanted(own, request)) return false;
  const { held, bytesPerMs, numericClass } = request;
  const present = own.supply.without([]);
  present.add({ ...held, numericClass, msPerBlock: msOf(own, bytesPerMs) });
  return copiesOfModel(present) > without;
}

/** Bytes of a range that are not in the cache yet because they were held before. */
export function newBytes(
  model: StageSizes & { readonly modelRoot: string },
  range: HeldRange,
  held: HeldRange & { readonly modelRoot: string },
): number {
  if (held.modelRoot !== model.modelRoot) {
    return rangeBytes(model, range.firstBlock, range.endBlock);
  }
  let bytes = rangeBytes(model, range.firstBlock, range.endBlock);
  for (let block = range.firstBlock; block < range.endBlock; block += 1) {
    if (held.firstBlock <= block && block < held.endBlock) bytes -= model.blockBytes[block] ?? 0;
  }
  return bytes;
}
