import type { Coverage } from '@manyhands/protocol/directory';
import type { ModelRoot } from '@manyhands/protocol/id';
import type { BlocksProposal } from '@manyhands/protocol/relay-message';
import { copiesOf, type HeldRange, withRange } from './coverage.ts';
import { rangeBytes, type StageSizes, stageRangesWithin } from './stage-sizes.ts';

/** A model that may be held, with what holding it costs and how it is held now. */
export interface PlacementModel extends StageSizes {
  readonly modelRoot: ModelRoot;
  readonly name: string;
  /** Without the newcomer; what others were asked to hold a moment ago counts as held. */
  readonly coverage: Coverage;
}

export interface PlacementRequest {
  /** In the operator's order: earlier ones are preferred where the need is the same. */
  readonly models: readonly PlacementModel[];
  /** What the newcomer gives, for weights and KV cache together. */
  readonly memoryBytes: number;
  /** Only this model. */
  readonly modelRoot?: ModelRoot;
  /** Breaks ties between ranges that help equally. */
  readonly random: () => number;
}

export interface PlacementChoice {
  readonly proposal: BlocksProposal | null;
  /** Why, in a sentence; with `null` what would help. */
  readonly reason: string;
}

/**
 * What a newcomer should hold: a model nobody can use yet before one more copy of a model that
 * works, the whole of it where it fits, else the contiguous range over its thinnest blocks.
 */
export function choosePlacement(request: PlacementRequest): PlacementChoice {
  const models = request.models.filter(
    (model) => request.modelRoot === undefined || model.modelRoot === request.modelRoot,
  );
  if (models.length === 0) {
    return { proposal: null, reason: 'This relay has no verified model to hold at the moment.' };
  }
  const offers = models.flatMap((model) => {
    const range = chooseRange(model, request.memoryBytes, request.random);
    return range === undefined ? [] : [{ model, range, need: needOf(model, range) }];
  });
  // `sort` is stable: the operator's order decides between equal needs.
  const [best] = offers.sort((a, b) => a.need - b.need);
  if (best === undefined) return { proposal: null, reason: tooSmall(models) };
  const { model, range } = best;
  return {
    proposal: { kind: 'blocks', modelRoot: model.modelRoot, ...range },
    reason: reasonFor(model, range),
  };
}

/**
 * Lower is more needed. First what makes a model usable at once, then what brings an unusable one
 * nearer, then another copy of the model with the fewest.
 */
function needOf(model: PlacementModel, range: HeldRange): number {
  const copies = copiesOf(model.coverage);
  if (copies > 0) return 1 + copies;
  return copiesOf(withRange(model.coverage, range)) > 0 ? 0 : 1;
}

function chooseRange(
  model: PlacementModel,
  memoryBytes: number,
  random: () => number,
): HeldRange | undefined {
  const whole = { firstBlock: 0, endBlock: model.blockCount, embeds: true, heads: true };
  if (rangeBytes(model, 0, model.blockCount) <= memoryBytes) return whole;
  let best: { range: HeldRange; gains: readonly number[] } | undefined;
  let ties = 0;
  for (const range of stageRangesWithin(model, memoryBytes)) {
    const gains = gainsOf(model.coverage, range);
    const order = best === undefined ? 1 : compare(gains, best.gains);
    if (order > 0) {
      best = { range, gains };
      ties = 1;
    } else if (order === 0) {
      // Reservoir sampling: each of the equal ranges is kept with the same probability.
      ties += 1;
      if (random() * ties < 1) best = { range, gains };
    }
  }
  return best?.range;
}

/**
 * What a range adds, to be compared in order: parts that are held least of all, all parts weighted
 * by how thin they are, and whether it begins where the thin part begins (gaps then close from an
 * edge, and the next newcomer finds one run to hold instead of two halves).
 */
function gainsOf(coverage: Coverage, range: HeldRange): number[] {
  const counts = coverage.blocks.slice(range.firstBlock, range.endBlock);
  if (range.embeds) counts.push(coverage.embeds);
  if (range.heads) counts.push(coverage.heads);
  const thinnest = copiesOf(coverage);
  const atThinnest = counts.filter((count) => count === thinnest).length;
  const weight = counts.reduce((sum, count) => sum + 1 / (1 + count), 0);
  const before = range.firstBlock === 0 ? undefined : coverage.blocks[range.firstBlock - 1];
  const beginsAtEdge =
    coverage.blocks[range.firstBlock] === thinnest && (before === undefined || before > thinnest);
  return [atThinnest, Number(beginsAtEdge), weight];
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [index, value] of a.entries()) {
    const difference = value - (b[index] ?? 0);
    if (Math.abs(difference) > 1e-9) return difference;
  }
  return 0;
}

function reasonFor(model: PlacementModel, range: HeldRange): string {
  const { coverage, blockCount } = model;
  const copies = copiesOf(coverage);
  if (range.endBlock - range.firstBlock === blockCount) {
    const others =
      copies === 0
        ? 'nobody can serve all of it now'
        : `${copies === 1 ? 'one complete copy exists' : `${copies} complete copies exist`}`;
    return `${model.name} fits whole, so answers need no other tab; ${others}.`;
  }
  const held = Math.min(...coverage.blocks.slice(range.firstBlock, range.endBlock));
  const how = held === 0 ? 'nobody holds some of them' : `they are held ${held} times at least`;
  const blocks = `blocks ${range.firstBlock} to ${range.endBlock - 1} of ${blockCount}`;
  return `${model.name} does not fit whole; ${blocks} are its thinnest run of that size: ${how}.`;
}

function tooSmall(models: readonly PlacementModel[]): string {
  const smallest = Math.min(
    ...models.map((model) => {
      const ends = [rangeBytes(model, 0, 1), rangeBytes(model, model.blockCount - 1)];
      const middle = model.blockBytes.slice(1, -1);
      return Math.min(...ends, ...middle);
    }),
  );
  const mebibytes = Math.ceil(smallest / 2 ** 20);
  return `Not one block fits into that memory: allow at least ${mebibytes} MiB.`;
}
