import { chooseMove, newBytes } from '@manyhands/planner/move';
import { choosePlacement, type PlacementModel } from '@manyhands/planner/placement';
import type { ModelState, Placed, Volunteer } from '../network/swarm.ts';
import type { Policy, PolicyParts } from './policy.ts';

/** How often a volunteer asks whether it should move; the simulation asks a part of them each minute. */
const ASKS_EVERY_MINUTES = 10;

/** The planner as the relay calls it, for newcomers who say how fast they are. */
export function createManyhandsPolicy({ models, random }: PolicyParts, stayMs: number): Policy {
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
  return {
    place({ device }) {
      const choice = choosePlacement({
        models: models.map((model) => viewOf(model)),
        memoryBytes: device.memoryBytes,
        numericClass: device.numericClass,
        bytesPerMs: device.bytesPerMs,
        random: random.next,
      });
      const placed = placedBy(choice.proposal);
      return placed && { placed, assumedMs: choice.msPerBlock ?? 1 };
    },
    *moves(volunteers) {
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
