import type { HeldRange } from '@manyhands/planner/coverage';
import { pick } from '../network/device.ts';
import { type ModelState, msPerBlock, type Placed, type Volunteer } from '../network/swarm.ts';
import { rangesOf } from './baseline-policies.ts';
import type { Policy, PolicyParts } from './policy.ts';

/** Rebalances where the worst block has less than this share of what it could have. */
const BALANCE_QUALITY = 0.75;
/** Of the cascade of moves that a server thinks through before it moves. */
const CASCADE_ROUNDS_MAX = 3;
/** Servers of a model that may move in one minute: each checks on its own time. */
const MOVERS_SHARE = 0.05;
const EPSILON = 1e-3;

/**
 * Petals' rule (Borzunov et al. 2023, appendix D; `block_selection.py`): a server takes the run of blocks
 * with the least throughput, worst block first, and moves when the balance that all moves together could
 * reach is better by a threshold. Petals has a swarm for each model, and people choose one by hand: here
 * each model that fits is as likely as `attraction` says.
 */
export function createPetalsPolicy(
  { models, random }: PolicyParts,
  attraction: (model: ModelState) => number,
): Policy {
  return {
    place(volunteer) {
      const { memoryBytes } = volunteer.device;
      const able = models.filter((model) => rangesOf(model, memoryBytes).length > 0);
      if (able.length === 0) return undefined;
      const model = pick(able, attraction, random.next());
      const range = leastServed(throughputsOf(model), rangesOf(model, memoryBytes));
      if (range === undefined) return undefined;
      // A server measures its speed before it chooses.
      return { placed: { model, ...range }, assumedMs: msPerBlock(volunteer.device, model) };
    },
    moves: () => models.flatMap((model) => rebalance(model, random.next)),
  };
}

/** Tokens a millisecond through each block, a server's shared evenly among its own. */
function throughputsOf({ planned }: ModelState): Float64Array {
  return planned.all.stages.slice();
}

/** The range whose sorted throughputs come first. */
function leastServed(throughputs: Float64Array, ranges: readonly HeldRange[]) {
  let best: { range: HeldRange; least: number; sorted?: Float64Array } | undefined;
  const sortedOf = ({ firstBlock, endBlock }: HeldRange) =>
    throughputs.slice(firstBlock, endBlock).sort();
  for (const range of ranges) {
    let least = Number.POSITIVE_INFINITY;
    for (let block = range.firstBlock; block < range.endBlock; block += 1) {
      least = Math.min(least, throughputs[block] as number);
    }
    if (best === undefined || least < best.least) best = { range, least };
    else if (least === best.least) {
      // The worst blocks are alike, which is rare: only now the others decide.
      best.sorted ??= sortedOf(best.range);
      const sorted = sortedOf(range);
      if (comesBefore(sorted, best.sorted)) best = { range, least, sorted };
    }
  }
  return best?.range;
}

function comesBefore(a: Float64Array, b: Float64Array): boolean {
  for (const [index, value] of a.entries()) {
    if (index >= b.length) return false;
    if (value !== b[index]) return value < (b[index] as number);
  }
  return false;
}

function rebalance(model: ModelState, random: () => number) {
  const before = throughputsOf(model);
  const initial = before.reduce((a, b) => Math.min(a, b));
  const servers = model.holders.filter(({ placed }) => placed && !isWhole(placed));
  if (servers.length === 0) return [];
  const throughputs = before.slice();
  const targets = new Map<Volunteer, HeldRange>();
  for (let round = 0; round < CASCADE_ROUNDS_MAX; round += 1) {
    let moved = false;
    for (const server of shuffled(servers, random)) {
      const at = targets.get(server) ?? (server.placed as Placed);
      const share = 1 / (msPerBlock(server.device, model) * (at.endBlock - at.firstBlock));
      change(throughputs, at, -share * (1 + EPSILON));
      const to = leastServed(throughputs, rangesOf(model, server.device.memoryBytes)) ?? at;
      change(throughputs, at, share * EPSILON);
      change(throughputs, to, share);
      if (to.firstBlock === at.firstBlock) continue;
      targets.set(server, to);
      moved = true;
    }
    if (!moved) break;
  }
  const reached = throughputs.reduce((a, b) => Math.min(a, b));
  if (reached <= initial || initial / reached >= BALANCE_QUALITY) return [];
  const count = Math.max(1, Math.round(MOVERS_SHARE * servers.length));
  return [...targets]
    .filter(([server, to]) => server.placed?.firstBlock !== to.firstBlock)
    .filter(([server]) => keepsWhole(before, server, model))
    .slice(0, count)
    .map(([volunteer, range]) => ({ volunteer, placed: { model, ...range } }));
}

/** Petals does not move a server whose blocks nobody else has. */
function keepsWhole(throughputs: Float64Array, { placed, device }: Volunteer, model: ModelState) {
  if (placed === undefined) return false;
  const share = 1 / (msPerBlock(device, model) * (placed.endBlock - placed.firstBlock));
  return throughputs
    .subarray(placed.firstBlock, placed.endBlock)
    .every((value) => value > share * (1 + EPSILON));
}

function isWhole({ model, firstBlock, endBlock }: Placed): boolean {
  return endBlock - firstBlock === model.blockCount;
}

function change(throughputs: Float64Array, range: HeldRange, by: number): void {
  for (let block = range.firstBlock; block < range.endBlock; block += 1) {
    throughputs[block] = (throughputs[block] as number) + by;
  }
}

function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  const order = [...items];
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [order[last], order[other]] = [order[other] as Item, order[last] as Item];
  }
  return order;
}
