import { chooseChain } from '@manyhands/planner/routing';
import type { Random } from '@manyhands/testkit/random';
import { roundTripBetween } from './device.ts';
import type { User } from './session.ts';
import type { ModelState, Volunteer } from './swarm.ts';

/** Volunteers that a tab is shown, and what it is shown where those do not cover the model. */
const SAMPLES = [16, 64, 256];
const POSITIONS_NEEDED = 1_024;

/** How often a smaller sample is tried again where it did not cover the model last time. */
const SMALLER_EVERY = 20;

/** A chain out of a sample of the model's holders, as the relay would show them. */
export function findChain(model: ModelState, user: User, random: Random) {
  const hint = model.sampleHint;
  hint.asks += 1;
  if (hint.asks % SMALLER_EVERY === 0) hint.smallest = 0;
  for (const [index, size] of SAMPLES.entries()) {
    if (index < hint.smallest) continue;
    const sample = sampleOf(model.holders, size, random);
    const places = new Map(
      sample.map(({ entry, device }) => [entry.identity.peerId, device.place]),
    );
    places.set(user.peerId, user.place);
    const roundTripMs = (from: string, to: string) => {
      const [a, b] = [places.get(from), places.get(to)];
      return a && b && roundTripBetween(a, b);
    };
    const choice = chooseChain({
      modelRoot: model.modelRoot,
      blockCount: model.blockCount,
      entries: sample.map(({ entry }) => entry),
      stagesMin: 1,
      positionsNeeded: POSITIONS_NEEDED,
      requesterPeerId: user.peerId,
      headBlocks: model.headBlocks,
      roundTripMs,
      random: random.next,
    });
    if (choice.kind === 'chain') {
      hint.smallest = index;
      const byPeer = new Map(sample.map((each) => [each.entry.identity.peerId, each]));
      const stages = choice.stages.map(({ peerId, firstBlock, endBlock }) => ({
        volunteer: byPeer.get(peerId) as Volunteer,
        blocks: endBlock - firstBlock,
      }));
      return { stages, predictedMs: choice.predictedMs };
    }
    if (sample.length === model.holders.length) return undefined;
  }
  return undefined;
}

function sampleOf(holders: readonly Volunteer[], size: number, random: Random): Volunteer[] {
  if (holders.length <= size) return [...holders];
  const chosen = new Set<number>();
  while (chosen.size < size) chosen.add(random.below(holders.length));
  return [...chosen].map((index) => holders[index] as Volunteer);
}
