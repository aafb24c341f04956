import { choosePlacement, type PlacementModel } from '@manyhands/planner/placement';
import { improvePlan } from '@manyhands/planner/small-plan';
import { createModelSupply, type Holder } from '@manyhands/planner/supply';
import { createRandom, type Random } from '@manyhands/testkit/random';
import { type Group, planValue } from './plan-value.ts';
import { drawSmallNetwork, LARGE_BLOCKS, optionsOf, type SmallNetwork } from './small-network.ts';

/** The planner's plans as shares of the best ones. */
export interface PlanComparison {
  readonly plans: number;
  readonly mean: number;
  readonly median: number;
  readonly p5: number;
  readonly worst: number;
  readonly worstSeed: number;
}

export function comparePlans(seed: number, plans: number, signal: AbortSignal): PlanComparison {
  const shares: { share: number; seed: number }[] = [];
  for (let plan = 0; plan < plans; plan += 1) {
    signal.throwIfAborted();
    const network = drawSmallNetwork(seed + plan);
    const planned = planValue(network, groupsOf(planOf(network, createRandom(seed + plan))));
    shares.push({ share: planned / bestValue(network), seed: seed + plan });
  }
  shares.sort((a, b) => a.share - b.share);
  const at = (part: number) => shares[Math.floor(part * (plans - 1))]?.share ?? 0;
  return {
    plans,
    mean: shares.reduce((sum, { share }) => sum + share, 0) / plans,
    median: at(0.5),
    p5: at(0.05),
    worst: at(0),
    worstSeed: shares[0]?.seed ?? seed,
  };
}

interface Held {
  readonly kind: number;
  option: number;
}

const BLOCK_BYTES = 100;
const NUMERIC_CLASS = 'webgpu-f32';
/** Sessions that always wait for a token, and volunteers that never leave. */
const HABITS = { readMs: 0, goneShare: 0 };

/** Volunteers come one after another, and then move as the plan for all of them says. */
function planOf(network: SmallNetwork, random: Random): Held[] {
  const { kinds, volunteers, demand } = network;
  const model = (name: string, blockCount: number, wanted: number): PlacementModel => ({
    modelRoot: name,
    name,
    blockCount,
    blockBytes: new Array<number>(blockCount).fill(BLOCK_BYTES),
    embedBytes: 0,
    headBytes: 0,
    isHeadTied: false,
    supply: createModelSupply(blockCount),
    demand: wanted - 1,
  });
  const models = [model('small', 1, demand.small), model('large', LARGE_BLOCKS, demand.large)];
  const modelOf = (option: number) => models[option < 0 ? 0 : 1] as PlacementModel;
  const held: Held[] = [];
  const holderOf = ({ kind, option }: Held): Holder => {
    const { msPerBlock, blocks } = kinds[kind] ?? { msPerBlock: 1, blocks: 1 };
    const firstBlock = Math.max(0, option);
    const { blockCount } = modelOf(option);
    const endBlock = Math.min(blockCount, firstBlock + blocks);
    const ends = { embeds: firstBlock === 0, heads: endBlock === blockCount };
    return { firstBlock, endBlock, ...ends, msPerBlock, numericClass: NUMERIC_CLASS };
  };
  for (const kind of volunteers) {
    const memoryBytes = (kinds[kind]?.blocks ?? 1) * BLOCK_BYTES;
    const { proposal } = choosePlacement({
      models,
      memoryBytes,
      habits: HABITS,
      random: random.next,
    });
    if (proposal === null) continue;
    const placed = { kind, option: proposal.modelRoot === 'small' ? -1 : proposal.firstBlock };
    held.push(placed);
    modelOf(placed.option).supply.add(holderOf(placed));
  }
  const changes = improvePlan({
    models: models.map((each) => ({ ...each, supply: createModelSupply(each.blockCount) })),
    members: held.map((each) => {
      const { firstBlock, endBlock, embeds, heads, msPerBlock } = holderOf(each);
      const { modelRoot } = modelOf(each.option);
      return {
        memoryBytes: (kinds[each.kind]?.blocks ?? 1) * BLOCK_BYTES,
        numericClass: NUMERIC_CLASS,
        bytesPerMs: BLOCK_BYTES / msPerBlock,
        held: { modelRoot, firstBlock, endBlock, embeds, heads },
      };
    }),
    habits: HABITS,
    gainMin: 0,
  });
  for (const { member, modelRoot, range } of changes) {
    const each = held[member];
    if (each) each.option = modelRoot === 'small' ? -1 : range.firstBlock;
  }
  return held;
}

function groupsOf(held: readonly Held[]): Group[] {
  const groups = new Map<string, { kind: number; option: number; count: number }>();
  for (const { kind, option } of held) {
    const group = groups.get(`${kind} ${option}`) ?? { kind, option, count: 0 };
    group.count += 1;
    groups.set(`${kind} ${option}`, group);
  }
  return [...groups.values()];
}

/** Of all ways in which the volunteers could hold anything. */
export function bestValue(network: SmallNetwork): number {
  const counts = network.kinds.map(
    (_, kind) => network.volunteers.filter((v) => v === kind).length,
  );
  let best = 0;
  const choose = (kind: number, groups: readonly Group[]): void => {
    const count = counts[kind];
    const of = network.kinds[kind];
    if (count === undefined || of === undefined) {
      best = Math.max(best, planValue(network, groups));
      return;
    }
    for (const shares of partitions(count, optionsOf(of).length)) {
      const added = optionsOf(of).flatMap((option, index) => {
        const share = shares[index] ?? 0;
        return share > 0 ? [{ kind, option, count: share }] : [];
      });
      choose(kind + 1, [...groups, ...added]);
    }
  };
  choose(0, []);
  return best;
}

/** All ways to put `count` equal things into `boxes`. */
function partitions(count: number, boxes: number): number[][] {
  if (boxes === 1) return [[count]];
  return Array.from({ length: count + 1 }, (_, first) =>
    partitions(count - first, boxes - 1).map((rest) => [first, ...rest]),
  ).flat();
}
