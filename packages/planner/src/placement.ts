import type { ModelRoot } from '@manyhands/protocol/id';
import type { PlacementWhy } from '@manyhands/protocol/placement-why';
import type { BlocksProposal } from '@manyhands/protocol/relay-message';
import type { HeldRange } from './coverage.ts';
import { gainsIn, type Wants } from './placement-gain.ts';
import { reasonFor, tooSmall, whyOf } from './placement-reason.ts';
import { rangeBytes, type StageSizes, stageRangesWithin } from './stage-sizes.ts';
import {
  copiesIn,
  copiesOfModel,
  leastRate,
  type ModelSupply,
  nearestClass,
  type Supply,
} from './supply.ts';
import { thinnestRange } from './thinnest-range.ts';

/** A model that may be held, with what holding it costs, how it is held now and who wants it. */
export interface PlacementModel extends StageSizes {
  readonly modelRoot: ModelRoot;
  readonly name: string;
  /** Without the newcomer; what others were asked to hold a moment ago counts as held. */
  readonly supply: ModelSupply;
  /** Who has it chosen. A model counts as if one more wanted it. */
  readonly demand: number;
}

/** What is known of who asks. */
export interface Newcomer {
  /** What it gives, for weights and KV cache together. */
  readonly memoryBytes: number;
  /** Where it is not known, any chain may use it. */
  readonly numericClass?: string;
  /** Bytes of blocks it reads in a millisecond; where nobody measured, it is taken to be average. */
  readonly bytesPerMs?: number;
  /** What else the network is like; `USUAL` where nobody says. */
  readonly habits?: Habits;
}

/** How people and volunteers behave, for all models alike. */
export type Habits = Pick<Wants, 'readMs' | 'goneShare'>;

export const USUAL: Habits = {
  // Some 250 words a minute are read: between five and six tokens a second.
  readMs: 180,
  // Minutes of a download over most of an hour of a tab.
  goneShare: 0.15,
};

export interface PlacementRequest extends Newcomer {
  /** In the operator's order: earlier ones are preferred where the need is the same. */
  readonly models: readonly PlacementModel[];
  /** Only this model. */
  readonly modelRoot?: ModelRoot;
  /** Breaks ties between ranges that help equally. */
  readonly random: () => number;
}

export interface PlacementChoice {
  readonly proposal: BlocksProposal | null;
  /** Why, in a sentence; with `null` what would help. */
  readonly reason: string;
  /** The same in figures; absent with `null`. */
  readonly why?: PlacementWhy;
  /** What a block is expected to take there, until it is measured. */
  readonly msPerBlock?: number;
}

/**
 * What a newcomer should hold: what makes a wanted model usable before what brings one nearer, as long
 * as the network is large enough to get there; then whatever adds most tokens a second for those who
 * wait, spares included. The whole model wherever it fits, else a contiguous range.
 */
export function choosePlacement(request: PlacementRequest): PlacementChoice {
  const models = request.models.filter(
    (model) => request.modelRoot === undefined || model.modelRoot === request.modelRoot,
  );
  if (models.length === 0) {
    return { proposal: null, reason: 'This relay has no verified model to hold at the moment.' };
  }
  const { random, ...newcomer } = request;
  const [best] = offersFor(models, newcomer, random);
  if (best === undefined) return { proposal: null, reason: tooSmall(models) };
  const { model, range } = best;
  const why = whyOf(model, best);
  return {
    proposal: { kind: 'blocks', modelRoot: model.modelRoot, ...range },
    reason: reasonFor(model, best, why),
    why,
    msPerBlock: best.msPerBlock,
  };
}

/** One thing a newcomer could hold. */
export interface Offer {
  readonly model: PlacementModel;
  readonly range: HeldRange;
  readonly need: Need;
  /** Tokens a millisecond that it adds. */
  readonly gain: number;
  readonly msPerBlock: number;
}

/** In order of urgency: lower goes first. */
type Need = (typeof NEEDS)[number];
const NEEDS = [
  'completes',
  'brings-nearer',
  'keeps-spare',
  'adds-speed',
  'is-far',
  'adds-nothing',
] as const;

/** The best range of each model, what is needed most first. */
export function offersFor(
  models: readonly PlacementModel[],
  newcomer: Newcomer,
  random: () => number,
): Offer[] {
  const volunteers = models.reduce((sum, { supply }) => sum + supply.holderCount, 0);
  const average = averageSpeed(models);
  const offers = models.flatMap((model) => {
    const msPerBlock = expectedMs(model, newcomer.bytesPerMs, average);
    const offer = offerOf(model, { ...newcomer, msPerBlock }, volunteers, random);
    return offer === undefined ? [] : [{ ...offer, msPerBlock }];
  });
  // `sort` is stable: the operator's order decides between equal needs.
  return offers.sort(
    (a, b) => NEEDS.indexOf(a.need) - NEEDS.indexOf(b.need) || compareWithin(a, b),
  );
}

/** Of two offers of one need, which goes first. */
function compareWithin(a: Offer, b: Offer): number {
  if (a.need === 'adds-speed') return b.gain - a.gain;
  const wanted = b.model.demand - a.model.demand;
  if (a.need !== 'adds-nothing') return wanted;
  // Nobody waits: where a holder more is shared by the most.
  const sharing = ({ model }: Offer) => copiesOfModel(model.supply) / (model.demand + 1);
  return sharing(a) - sharing(b) || wanted;
}

function offerOf(
  model: PlacementModel,
  newcomer: Newcomer & { readonly msPerBlock: number },
  volunteers: number,
  random: () => number,
): Omit<Offer, 'msPerBlock'> | undefined {
  const { blockCount, supply } = model;
  const { memoryBytes, numericClass, msPerBlock } = newcomer;
  const wants = wantsOf(model, newcomer.habits);
  // Alone it serves anybody; in a chain only its own class.
  const isWhole = rangeBytes(model, 0, blockCount) <= memoryBytes;
  const copies = copiesOfModel(supply);
  const isUsable = copies > 0;
  const isThin = isUsable && copies < copiesWanted(model, newcomer);
  const own = ownSupply(supply, numericClass, isUsable);
  if (isWhole) {
    const range = { firstBlock: 0, endBlock: blockCount, embeds: true, heads: true };
    const gain = gainsIn(supply.all, wants, msPerBlock).of(range);
    const need = isUsable ? (isThin ? 'keeps-spare' : speedNeed(gain)) : 'completes';
    return { model, range, gain, need };
  }
  const ranges = stageRangesWithin(model, memoryBytes);
  if (copiesIn(own) > 0) {
    const part = { ...wants, demand: shareOf(own, supply) * wants.demand };
    const gains = gainsIn(own, part, msPerBlock);
    const best = bestBy(ranges, gains.of, random);
    if (best === undefined) return undefined;
    const { range, score: gain } = best;
    const helps = isThin ? holdsThinnest(own, range) : gain > 0;
    if (helps) return { model, range, gain, need: isThin ? 'keeps-spare' : 'adds-speed' };
  }
  const range = thinnestRange(own, ranges, random);
  if (range === undefined) return undefined;
  const completed = gainsIn(own, wants, msPerBlock).of(range);
  // Another class may serve the model already: completing this one then adds speed, else nothing yet.
  const joins = completed > 0 && isUsable;
  const gain = joins ? gainsIn(supply.all, wants, msPerBlock).of(range) : completed;
  if (isThin && copiesIn(own) > 0) return { model, range, gain, need: 'keeps-spare' };
  if (isUsable) return { model, range, gain, need: speedNeed(gain) };
  if (gain > 0) return { model, range, gain, need: 'completes' };
  const isNear = missingBytes(model, own) <= memoryBytes * Math.max(volunteers, 1);
  return { model, range, gain, need: isNear ? 'brings-nearer' : 'is-far' };
}

function holdsThinnest({ copies }: Supply, { firstBlock, endBlock }: HeldRange): boolean {
  const thinnest = copies.reduce((a, b) => Math.min(a, b));
  return copies.subarray(firstBlock, endBlock).includes(thinnest);
}

export function wantsOf({ demand }: PlacementModel, habits: Habits = USUAL): Wants {
  return { ...habits, demand: demand + 1 };
}

/** Share of the time for which a model that somebody has chosen may lack a part. */
const LACKING_SHARE_MAX = 0.025;

/** Copies that a model should have where volunteers leave: more, the more places its chains have. */
export function copiesWanted(
  { demand, supply }: PlacementModel,
  { habits = USUAL }: Newcomer,
): number {
  if (habits.goneShare === 0 || demand === 0) return 1;
  const { rates, stages } = supply.all;
  let places = 0;
  for (const [block, stage] of stages.entries()) places += stage / (rates[block] as number);
  const lacking = LACKING_SHARE_MAX / Math.max(1, places);
  return Math.ceil(Math.log(lacking) / Math.log(habits.goneShare));
}

/** What a newcomer would be part of. One whose class is unknown may turn out to be of any. */
function ownSupply(supply: ModelSupply, numericClass: string | undefined, isUsable: boolean) {
  if (numericClass !== undefined) return supply.of(numericClass);
  return isUsable ? supply.all : nearestClass(supply);
}

function speedNeed(gain: number): Need {
  return gain > 0 ? 'adds-speed' : 'adds-nothing';
}

/** The part of a model's sessions that one class serves: the part of the speed that it has. */
function shareOf(own: Supply, supply: ModelSupply): number {
  let total = 0;
  for (const each of supply.classes()) total += leastRate(each);
  // A class that nobody named is all of them.
  return own === supply.all || total === 0 ? 1 : leastRate(own) / total;
}

/** Of a block of a model, on average. */
export function blockBytesOf({ blockBytes, blockCount }: StageSizes): number {
  return blockBytes.reduce((a, b) => a + b, 0) / blockCount;
}

/** Milliseconds a block of this model takes a device of that speed. */
export function msOf(sizes: StageSizes, bytesPerMs: number): number {
  return blockBytesOf(sizes) / bytesPerMs;
}

/** Where nobody measured it, a volunteer is like those who hold the model already. */
function expectedMs(
  model: PlacementModel,
  bytesPerMs: number | undefined,
  average: number,
): number {
  const { copies, rates } = model.supply.all;
  const rate = rates.reduce((a, b) => a + b, 0);
  if (bytesPerMs !== undefined || rate === 0) return msOf(model, bytesPerMs ?? average);
  return copies.reduce((a, b) => a + b, 0) / rate;
}

/** A laptop's; only for the first volunteer of a network. */
const BYTES_PER_MS_DEFAULT = 10e6;

function averageSpeed(models: readonly PlacementModel[]): number {
  let bytes = 0;
  let copies = 0;
  for (const { supply, blockBytes } of models) {
    for (let block = 0; block < blockBytes.length; block += 1) {
      const held = supply.all.copies[block] as number;
      bytes += (supply.all.rates[block] as number) * (blockBytes[block] ?? 0);
      copies += held;
    }
  }
  return copies === 0 ? BYTES_PER_MS_DEFAULT : bytes / copies;
}

function missingBytes(model: PlacementModel, supply: Supply): number {
  let bytes = supply.embeds === 0 ? model.embedBytes : 0;
  if (supply.heads === 0) bytes += model.headBytes;
  for (const [block, held] of supply.copies.entries()) {
    if (held === 0) bytes += model.blockBytes[block] ?? 0;
  }
  return bytes;
}

/** Sums of the same numbers in another order differ by less. */
const TIE = 1e-9;

function bestBy(
  ranges: readonly HeldRange[],
  scoreOf: (range: HeldRange) => number,
  random: () => number,
): { range: HeldRange; score: number } | undefined {
  let best: { range: HeldRange; score: number } | undefined;
  let ties = 0;
  for (const range of ranges) {
    const score = scoreOf(range);
    const isTie = best !== undefined && Math.abs(score - best.score) <= TIE * Math.abs(score);
    if (best !== undefined && !isTie && score < best.score) continue;
    ties = isTie ? ties + 1 : 1;
    // Reservoir sampling: each of the equal ranges is kept with the same probability.
    if (ties > 1 && random() * ties >= 1) continue;
    best = { range, score };
  }
  return best;
}
