import { chooseMove, newBytes } from '@manyhands/planner/move';
import { choosePlacement, type PlacementModel } from '@manyhands/planner/placement';
import type { Device } from '../network/device.ts';
import type { ModelState, Placed, Volunteer } from '../network/swarm.ts';
import type { Policy, PolicyParts } from './policy.ts';

/** How often a volunteer asks whether it should move; the simulation asks a part of them each minute. */
const ASKS_EVERY_MINUTES = 10;

/** The planner as the relay calls it. */
export function createManyhandsPolicy(
  { models, random, speeds }: PolicyParts,
  options: {
    readonly stayMs: number;
    /** Newcomers served before and say how fast; else they are taken to be like others. */
    readonly isMeasured: boolean;
    /** What no relay asks for: see docs/planner.md. */
    readonly mayMove: boolean;
  },
): Policy {
  const { stayMs, isMeasured, mayMove } = options;
  const byRoot = new Map(models.map((model) => [model.modelRoot, model]));
  const placedBy = (
    proposal: ReturnType<typeof choosePlacement>['proposal'],
  ): Placed | undefined => {
    const model = proposal && byRoot.get(proposal.modelRoot);
    if (!model) return undefined;
    const { firstBlock, endBlock, embeds, heads } = proposal;
    return { model, firstBlock, endBlock, embeds, heads };
  };
  const viewOf = (model: ModelState, without?: Volunteer): PlacementModel => ({
    ...model,
    supply:
      without?.holder !== undefined && without.placed?.model === model
        ? model.planned.without([without.holder])
        : model.planned,
    demand: model.watchers,
  });
  const speedOf = ({ memoryBytes, numericClass, bytesPerMs }: Device) => {
    if (isMeasured) return { numericClass, bytesPerMs };
    const guessed = speeds.of(memoryBytes);
    return guessed === undefined ? {} : { bytesPerMs: guessed };
  };
  return {
    place({ device }) {
      const choice = choosePlacement({
        models: models.map((model) => viewOf(model)),
        memoryBytes: device.memoryBytes,
        ...speedOf(device),
        random: random.next,
      });
      const placed = placedBy(choice.proposal);
      const { numericClass } = device;
      const assumedMs = choice.msPerBlock ?? 1;
      return placed && { placed, assumedMs, ...(isMeasured && { numericClass }) };
    },
    *moves(volunteers) {
      if (!mayMove) return;
      for (const volunteer of volunteers) {
        const { placed, holder, entry, device } = volunteer;
        if (random.next() * ASKS_EVERY_MINUTES >= 1) continue;
        // Only who serves and is idle.
        if (!placed || !holder || entry.holdings.length === 0 || entry.sessions > 0) continue;
        const held = { ...placed, modelRoot: placed.model.modelRoot };
        const choice = chooseMove({
          models: models.map((model) => viewOf(model, volunteer)),
          memoryBytes: device.memoryBytes,
          numericClass: device.numericClass,
          bytesPerMs: placed.model.weightBytes / holder.msPerBlock,
          held,
          downloadMsOf: (model, range) => newBytes(model, range, held) / device.downloadBytesPerMs,
          stayMs,
          random: random.next,
        });
        const target = placedBy(choice.proposal);
        if (target !== undefined) yield { volunteer, placed: target };
      }
    },
  };
}
