import type { HeldRange } from './coverage.ts';
import { type Habits, msOf, type PlacementModel, USUAL, wantsOf } from './placement.ts';
import { flowIn } from './placement-gain.ts';
import { rangeBytes, stageRangesWithin } from './stage-sizes.ts';
import { copiesOfModel, type Holder, leastRate, type ModelSupply } from './supply.ts';

/** A volunteer of a small network, with what it holds. */
export interface PlanMember {
  readonly memoryBytes: number;
  readonly numericClass: string;
  readonly bytesPerMs: number;
  readonly held: (HeldRange & { readonly modelRoot: string }) | undefined;
}

/** One of the members, by its place in the list, and what it should hold instead. */
export interface PlanChange {
  readonly member: number;
  readonly modelRoot: string;
  readonly range: HeldRange;
}

export interface SmallPlanRequest {
  /** Their supplies are what others hold: the members are added here. */
  readonly models: readonly PlacementModel[];
  readonly members: readonly PlanMember[];
  readonly habits?: Habits;
  /** Share of all tokens that each member that changes must add: downloads cost, and predictions err. */
  readonly gainMin?: number;
}

/** Beyond this many the search takes longer than a relay can wait; one volunteer after another then decides. */
export const PLAN_MEMBERS_MAX = 16;
/** Things a member could hold that pairs are tried with: the best alone. */
const PAIR_OPTIONS_MAX = 12;
const ROUNDS_MAX = 24;
const GAIN_MIN = 0.05;

/**
 * What members of a small network should hold instead of what they do. One volunteer after another comes
 * to rest where two would have to change together: two that overlap in the middle of a model, and each
 * end is worth going to only once the other has gone. So pairs are tried too, and the best change is made
 * until none is left. A model that can be used stays so.
 */
export function improvePlan(request: SmallPlanRequest): readonly PlanChange[] {
  const { models, members, gainMin = GAIN_MIN } = request;
  if (members.length > PLAN_MEMBERS_MAX) return [];
  const board = createBoard(request);
  const before = members.map((_, member) => board.heldBy(member));
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const best = bestChange(board, members.length, gainMin);
    if (best === undefined) break;
    for (const { member, option } of best) board.put(member, option);
  }
  return members.flatMap((_, member) => {
    const option = board.heldBy(member);
    if (option === undefined || option === before[member]) return [];
    const { modelRoot } = models[option.model] as PlacementModel;
    return [{ member, modelRoot, range: option.range }];
  });
}

interface Option {
  /** Place in the list of models. */
  readonly model: number;
  readonly range: HeldRange;
  readonly holder: Holder;
}

interface Change {
  readonly member: number;
  readonly option: Option;
}

/** What everybody holds, changed and rated in place. */
interface Board {
  heldBy(member: number): Option | undefined;
  optionsOf(member: number): readonly Option[];
  put(member: number, option: Option | undefined): void;
  /** Tokens a millisecond of all models; `undefined` where one that could be used cannot. */
  rate(): number | undefined;
}

function createBoard({ models, members, habits = USUAL }: SmallPlanRequest): Board {
  const supplies = models.map(({ supply }) => supply.without([]));
  const options = members.map((member) => optionsFor(models, member));
  const held = members.map((member, index) => {
    const own = options[index]?.find((option) => isHeld(models, member, option));
    if (own !== undefined) supplies[own.model]?.add(own.holder);
    return own;
  });
  const usable = supplies.map((supply) => copiesOfModel(supply) > 0);
  // A change touches two models: the others keep their rate.
  const rates: (number | undefined)[] = models.map(() => undefined);
  const touch = (option: Option | undefined, sign: 1 | -1): void => {
    if (option === undefined) return;
    const supply = supplies[option.model] as ModelSupply;
    if (sign === 1) supply.add(option.holder);
    else supply.remove(option.holder);
    rates[option.model] = undefined;
  };
  return {
    heldBy: (member) => held[member],
    optionsOf: (member) => options[member] ?? [],
    put(member, option) {
      touch(held[member], -1);
      held[member] = option;
      touch(option, 1);
    },
    rate() {
      let sum = 0;
      for (const [index, model] of models.entries()) {
        const supply = supplies[index] as ModelSupply;
        if (usable[index] && copiesOfModel(supply) === 0) return undefined;
        rates[index] ??= tokensOf(model, supply, habits);
        sum += rates[index];
      }
      return sum;
    },
  };
}

/** Tokens of a model: each class serves its part of those who want it. */
function tokensOf(model: PlacementModel, supply: ModelSupply, habits: Habits): number {
  const wants = wantsOf(model, habits);
  const classes = supply.classes();
  const whole = classes.reduce((sum, each) => sum + leastRate(each), 0);
  let tokens = 0;
  for (const each of classes) {
    const share = whole === 0 ? 0 : leastRate(each) / whole;
    if (share > 0) tokens += flowIn(each, { ...wants, demand: wants.demand * share });
  }
  return tokens;
}

/** Of one member or of two, the change that adds most for each that it moves. */
function bestChange(board: Board, count: number, gainMin: number): readonly Change[] | undefined {
  const now = board.rate() ?? 0;
  let best: { readonly changes: readonly Change[]; readonly gain: number } | undefined;
  const consider = (changes: readonly Change[]): void => {
    const then = board.rate();
    if (then === undefined) return;
    const gain = then - now * (1 + gainMin * changes.length);
    if (gain > (best?.gain ?? now * 1e-9)) best = { changes, gain };
  };
  const tried: Change[][] = [];
  for (let member = 0; member < count; member += 1) {
    const held = board.heldBy(member);
    const rated: { readonly change: Change; readonly rate: number }[] = [];
    for (const option of board.optionsOf(member)) {
      if (option === held) continue;
      const change = { member, option };
      board.put(member, option);
      consider([change]);
      rated.push({ change, rate: board.rate() ?? 0 });
    }
    board.put(member, held);
    rated.sort((a, b) => b.rate - a.rate);
    tried.push(rated.slice(0, PAIR_OPTIONS_MAX).map(({ change }) => change));
  }
  for (const [first, changes] of tried.entries()) {
    const held = board.heldBy(first);
    for (const one of changes) {
      board.put(first, one.option);
      for (const [second, others] of tried.entries()) {
        if (second <= first) continue;
        const heldBySecond = board.heldBy(second);
        for (const other of others) {
          board.put(second, other.option);
          consider([one, other]);
        }
        board.put(second, heldBySecond);
      }
    }
    board.put(first, held);
  }
  return best?.changes;
}

function optionsFor(models: readonly PlacementModel[], member: PlanMember): Option[] {
  const { memoryBytes, numericClass, bytesPerMs } = member;
  return models.flatMap((model, index) => {
    const { blockCount } = model;
    const whole = { firstBlock: 0, endBlock: blockCount, embeds: true, heads: true };
    const ranges =
      rangeBytes(model, 0, blockCount) <= memoryBytes
        ? [whole]
        : stageRangesWithin(model, memoryBytes);
    const msPerBlock = msOf(model, bytesPerMs);
    return ranges.map((range) => ({
      model: index,
      range,
      holder: { ...range, msPerBlock, numericClass },
    }));
  });
}

function isHeld(models: readonly PlacementModel[], { held }: PlanMember, option: Option): boolean {
  const { firstBlock, endBlock } = option.range;
  if (held === undefined || held.firstBlock !== firstBlock) return false;
  return held.endBlock === endBlock && models[option.model]?.modelRoot === held.modelRoot;
}
