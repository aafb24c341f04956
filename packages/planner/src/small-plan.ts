import type { HeldRange } from './coverage.ts';
import { type Habits, msOf, type PlacementModel, USUAL, wantsOf } from './placement.ts';
import { flowIn, sessionsIn } from './placement-gain.ts';
import { sessionFlow } from './session-flow.ts';
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
/** Changes of a round that are looked at session by session: those that the estimate likes best. */
const CLOSER_MAX = 256;
/** Changes that are made although they add nothing, to see what comes after. */
const DETOURS_MAX = 8;
/** Changes looked at after each. */
const CLOSER_AFTER_MAX = 32;
const ROUNDS_MAX = 24;
const GAIN_MIN = 0.05;

/**
 * What members of a small network should hold instead of what they do. One volunteer after another comes
 * to rest where two would have to change together: two that overlap in the middle of a model, and each
 * end is worth going to only once the other has gone. So pairs are tried too, and the best change is made
 * until none is left. The estimate finds promising changes; which of them is best, sessions decide that are
 * routed one after another. A model that can be used stays so.
 */
export function improvePlan(request: SmallPlanRequest): readonly PlanChange[] {
  const { models, members, gainMin = GAIN_MIN } = request;
  if (members.length > PLAN_MEMBERS_MAX) return [];
  const board = createBoard(request);
  const before = members.map((_, member) => board.heldBy(member));
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const ranked = rankChanges(board, members.length, gainMin);
    const [best] = ranked;
    if (best !== undefined && best.gain > 0) make(board, best.changes);
    else if (!takeDetour(board, ranked, members.length, gainMin)) break;
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
  readonly option: Option | undefined;
}

/** What everybody holds, changed and rated in place. */
interface Board {
  heldBy(member: number): Option | undefined;
  optionsOf(member: number): readonly Option[];
  put(member: number, option: Option | undefined): void;
  /** About how many tokens a millisecond of all models; `undefined` where one that could be used cannot. */
  estimate(): number | undefined;
  /** The same, session by session: looked at for the most promising changes only. */
  rate(): number;
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
  const estimates: (number | undefined)[] = models.map(() => undefined);
  const rates: (number | undefined)[] = models.map(() => undefined);
  const touch = (option: Option | undefined, sign: 1 | -1): void => {
    if (option === undefined) return;
    const supply = supplies[option.model] as ModelSupply;
    if (sign === 1) supply.add(option.holder);
    else supply.remove(option.holder);
    estimates[option.model] = undefined;
    rates[option.model] = undefined;
  };
  const flowOf = (model: PlacementModel, supply: ModelSupply, index: number): number => {
    // Of others only sums are known.
    if (model.supply.holderCount > 0) return tokensOf(model, supply, habits);
    const holders = held.flatMap((option) => (option?.model === index ? [option.holder] : []));
    const sessions = Math.max(1, Math.round(sessionsIn(supply.all, wantsOf(model, habits))));
    return sessionFlow(holders, model.blockCount, 0, sessions);
  };
  return {
    heldBy: (member) => held[member],
    optionsOf: (member) => options[member] ?? [],
    put(member, option) {
      touch(held[member], -1);
      held[member] = option;
      touch(option, 1);
    },
    estimate() {
      let sum = 0;
      for (const [index, model] of models.entries()) {
        const supply = supplies[index] as ModelSupply;
        if (usable[index] && copiesOfModel(supply) === 0) return undefined;
        estimates[index] ??= tokensOf(model, supply, habits);
        sum += estimates[index];
      }
      return sum;
    },
    rate() {
      let sum = 0;
      for (const [index, model] of models.entries()) {
        rates[index] ??= flowOf(model, supplies[index] as ModelSupply, index);
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

interface RankedChange {
  readonly changes: readonly Change[];
  /** Tokens a millisecond that it adds, less what each that it moves has to add. */
  readonly gain: number;
}

/** Of the changes that the estimate likes best, what they are worth: the best first. */
function rankChanges(
  board: Board,
  count: number,
  gainMin: number,
  closerMax = CLOSER_MAX,
): RankedChange[] {
  const now = board.rate();
  const ranked = listChanges(board, count, gainMin)
    .slice(0, closerMax)
    .map((changes) => {
      const before = make(board, changes);
      const added = board.rate() - now * (1 + gainMin * changes.length);
      make(board, before);
      // Sums of the same numbers in another order differ by less.
      return { changes, gain: Math.abs(added) <= now * 1e-9 ? 0 : added };
    });
  return ranked.sort((a, b) => b.gain - a.gain);
}

/**
 * Where no change of one or two adds anything, three or four together may: makes one that costs little and
 * the best one after it, and keeps both where they add something.
 */
function takeDetour(
  board: Board,
  ranked: readonly RankedChange[],
  count: number,
  gainMin: number,
): boolean {
  const now = board.rate();
  for (const { changes } of ranked.slice(0, DETOURS_MAX)) {
    const before = make(board, changes);
    const [next] = rankChanges(board, count, gainMin, CLOSER_AFTER_MAX);
    const then = next === undefined ? [] : make(board, next.changes);
    const moved = new Set([...before, ...then].map(({ member }) => member)).size;
    if (board.rate() > now * (1 + gainMin * moved + 1e-9)) return true;
    make(board, then);
    make(board, before);
  }
  return false;
}

/** Returns what takes it back. */
function make(board: Board, changes: readonly Change[]): Change[] {
  const before = changes.map(({ member }) => ({ member, option: board.heldBy(member) }));
  for (const { member, option } of changes) board.put(member, option);
  return before.reverse();
}

/** Changes of one member and of two that leave every model usable, by the estimate the best first. */
function listChanges(board: Board, count: number, gainMin: number): Change[][] {
  const rated: { readonly changes: Change[]; readonly estimate: number }[] = [];
  const consider = (changes: Change[]): void => {
    const estimate = board.estimate();
    // Of two, the second adds less than the first.
    if (estimate !== undefined)
      rated.push({ changes, estimate: estimate / (1 + gainMin * changes.length) });
  };
  const tried: Change[][] = [];
  for (let member = 0; member < count; member += 1) {
    const held = board.heldBy(member);
    const own: { readonly change: Change; readonly rate: number }[] = [];
    for (const option of board.optionsOf(member)) {
      if (option === held) continue;
      const change = { member, option };
      board.put(member, option);
      consider([change]);
      own.push({ change, rate: board.estimate() ?? 0 });
    }
    board.put(member, held);
    own.sort((a, b) => b.rate - a.rate);
    tried.push(own.slice(0, PAIR_OPTIONS_MAX).map(({ change }) => change));
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
  return rated.sort((a, b) => b.estimate - a.estimate).map(({ changes }) => changes);
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
