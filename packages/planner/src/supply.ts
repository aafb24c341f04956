import type { Coverage } from '@manyhands/protocol/directory';
import type { HeldRange } from './coverage.ts';

/** Part of a model on one volunteer, with what chains through it depend on. */
export interface Holder extends HeldRange {
  readonly msPerBlock: number;
  /** Unknown until it has loaded: it then counts in every class. */
  readonly numericClass: string | undefined;
}

/** What a set of holders gives a model, block by block. */
export interface Supply {
  /** Holders of each block. */
  readonly copies: Float64Array;
  /** Blocks a millisecond that the holders of each block run together. */
  readonly rates: Float64Array;
  /** Of that, what counts as a stage there: a holder of ten blocks is a tenth of a stage in each. */
  readonly stages: Float64Array;
  readonly embeds: number;
  readonly heads: number;
}

/**
 * Who holds how much of one model, counted as holders come and go: a change costs its blocks, whatever
 * the number of volunteers. Chains are of one numeric class, so each class is counted on its own too.
 */
export interface ModelSupply {
  readonly blockCount: number;
  readonly holderCount: number;
  /** Of all classes together. */
  readonly all: Supply;
  of(numericClass: string): Supply;
  classes(): readonly Supply[];
  add(holder: Holder): void;
  remove(holder: Holder): void;
  /** A copy that some holders are not part of. */
  without(holders: readonly Holder[]): ModelSupply;
  coverage(volunteers: number): Coverage;
}

/** Nothing runs a block in no time; a holder that says so must not outweigh everybody. */
export const BLOCK_MS_MIN = 0.01;

type Mutable = { -readonly [Key in keyof Supply]: Supply[Key] };

export function createModelSupply(blockCount: number): ModelSupply {
  return supplyFrom({
    all: createSupply(blockCount),
    unknown: createSupply(blockCount),
    classes: new Map(),
    members: new Map(),
    holderCount: 0,
  });
}

interface Counts {
  readonly all: Mutable;
  readonly unknown: Mutable;
  /** Each with those of unknown class. */
  readonly classes: Map<string, Mutable>;
  /** How many are of a class. One that nobody is of any more goes: anybody can make up names. */
  readonly members: Map<string, number>;
  holderCount: number;
}

function supplyFrom(counts: Counts): ModelSupply {
  const { all, unknown, classes, members } = counts;
  const blockCount = all.copies.length;
  const count = (holder: Holder, sign: 1 | -1): void => {
    const { numericClass } = holder;
    counts.holderCount += sign;
    countIn(all, holder, sign);
    if (numericClass === undefined) {
      countIn(unknown, holder, sign);
      for (const each of classes.values()) countIn(each, holder, sign);
      return;
    }
    const left = (members.get(numericClass) ?? 0) + sign;
    if (left === 0) {
      members.delete(numericClass);
      classes.delete(numericClass);
      return;
    }
    members.set(numericClass, left);
    const known = classes.get(numericClass) ?? copyOf(unknown);
    classes.set(numericClass, known);
    countIn(known, holder, sign);
  };
  return {
    blockCount,
    get holderCount() {
      return counts.holderCount;
    },
    all,
    of: (numericClass) => classes.get(numericClass) ?? unknown,
    classes: () => (classes.size === 0 ? [unknown] : [...classes.values()]),
    add: (holder) => count(holder, 1),
    remove: (holder) => count(holder, -1),
    without(gone) {
      const copy = supplyFrom({
        all: copyOf(all),
        unknown: copyOf(unknown),
        classes: new Map([...classes].map(([name, supply]) => [name, copyOf(supply)])),
        members: new Map(members),
        holderCount: counts.holderCount,
      });
      for (const holder of gone) copy.remove(holder);
      return copy;
    },
    coverage: (volunteers) => ({
      blocks: Array.from(all.copies),
      embeds: all.embeds,
      heads: all.heads,
      volunteers,
    }),
  };
}

function createSupply(blockCount: number): Mutable {
  const zeros = () => new Float64Array(blockCount);
  return { copies: zeros(), rates: zeros(), stages: zeros(), embeds: 0, heads: 0 };
}

function copyOf({ copies, rates, stages, embeds, heads }: Supply): Mutable {
  return { copies: copies.slice(), rates: rates.slice(), stages: stages.slice(), embeds, heads };
}

function countIn(supply: Mutable, holder: Holder, sign: 1 | -1): void {
  const { copies, rates, stages } = supply;
  const { firstBlock, endBlock } = holder;
  const rate = 1 / Math.max(holder.msPerBlock, BLOCK_MS_MIN);
  const stage = rate / (endBlock - firstBlock);
  for (let block = firstBlock; block < endBlock; block += 1) {
    copies[block] = (copies[block] as number) + sign;
    // The last one leaves exactly nothing, whatever was rounded on the way.
    const isEmpty = copies[block] === 0;
    rates[block] = isEmpty ? 0 : (rates[block] as number) + sign * rate;
    stages[block] = isEmpty ? 0 : (stages[block] as number) + sign * stage;
  }
  supply.embeds += sign * Number(holder.embeds);
  supply.heads += sign * Number(holder.heads);
}

/** Complete copies in a supply, at least: chains that need nobody twice. */
export function copiesIn({ copies, embeds, heads }: Supply): number {
  let least = Math.min(embeds, heads);
  for (const count of copies) least = Math.min(least, count);
  return least;
}

/** Blocks a millisecond where a supply is slowest; none where it is not complete. */
export function leastRate(supply: Supply): number {
  return copiesIn(supply) === 0 ? 0 : supply.rates.reduce((a, b) => Math.min(a, b));
}

/** Complete copies of a model: only holders of one class form a chain. */
export function copiesOfModel(supply: ModelSupply): number {
  let copies = 0;
  for (const each of supply.classes()) copies += copiesIn(each);
  return copies;
}

/** The class that lacks the fewest parts of the model: who brings it nearer helps soonest. */
export function nearestClass(supply: ModelSupply): Supply {
  return supply.classes().reduce((a, b) => (lacksIn(b) < lacksIn(a) ? b : a));
}

function lacksIn({ copies, embeds, heads }: Supply): number {
  let lacks = Number(embeds === 0) + Number(heads === 0);
  for (const count of copies) lacks += Number(count === 0);
  return lacks;
}
