import { type Assignment, type Candidate, type Network, oneWay } from './chain.ts';

/** The candidates of one numeric class and what they cost, prepared for several searches. */
export interface PathSearch {
  readonly candidates: readonly Candidate[];
  /** For each candidate the number of its group: a chain takes one stage of a group. */
  readonly groups: Int32Array;
  readonly blockCount: number;
  /** Milliseconds from candidate `from` to candidate `to` at `from * candidates.length + to`. */
  readonly hops: Float64Array;
  readonly hopMsMin: number;
  /** Milliseconds between the requester and each candidate. */
  readonly ends: Float64Array;
  /** What the head costs the last stage, in blocks. */
  readonly headBlocks: number;
}

/** Which candidate may run which block: 1 at `candidate * blockCount + block`. */
export type BlockMask = Uint8Array<ArrayBuffer>;

export function createPathSearch(
  candidates: readonly Candidate[],
  blockCount: number,
  network: Network,
  groupOf: (candidate: Candidate) => string,
): PathSearch {
  const count = candidates.length;
  const numbers = new Map<string, number>();
  const groups = Int32Array.from(candidates, (each) => {
    const group = groupOf(each);
    const number = numbers.get(group) ?? numbers.size;
    numbers.set(group, number);
    return number;
  });
  const hops = new Float64Array(count * count);
  let hopMsMin = Number.POSITIVE_INFINITY;
  for (const [from, { peerId }] of candidates.entries()) {
    for (const [to, other] of candidates.entries()) {
      if (groups[from] === groups[to]) continue;
      const ms = oneWay(network, peerId, other.peerId);
      hops[from * count + to] = ms;
      hopMsMin = Math.min(hopMsMin, ms);
    }
  }
  const ends = Float64Array.from(candidates, ({ peerId }) =>
    oneWay(network, network.requesterPeerId, peerId),
  );
  const { headBlocks = 0 } = network;
  return { candidates, groups, blockCount, hops, hopMsMin, ends, headBlocks };
}

/** Everything the candidates hold. */
export function maskOf({ candidates, blockCount }: PathSearch): BlockMask {
  const mask = new Uint8Array(candidates.length * blockCount);
  for (const [index, { firstBlock, endBlock }] of candidates.entries()) {
    mask.fill(1, index * blockCount + firstBlock, index * blockCount + endBlock);
  }
  return mask;
}

/**
 * The chain of least predicted time through what the mask allows, each stage costing `stageMs` more
 * than it takes; neighbours are of different groups. `undefined` where there is none.
 *
 * Dynamic programming over blocks and over who runs the last of them. A hop depends on both its ends,
 * so who came before matters; candidates are tried cheapest first, and no more once a hop cannot pay.
 */
export function cheapestPath(
  search: PathSearch,
  mask: BlockMask,
  stageMs: number,
): { assignments: Assignment[]; cost: number } | undefined {
  const { candidates, groups, blockCount, hops, hopMsMin, ends, headBlocks } = search;
  const count = candidates.length;
  const cameFrom = new Int32Array(count * blockCount);
  let before = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  for (const [index, { embeds, firstBlock, msPerBlock }] of candidates.entries()) {
    if (!embeds || firstBlock > 0 || mask[index * blockCount] === 0) continue;
    before[index] = (ends[index] as number) + stageMs + msPerBlock;
  }
  for (let block = 1; block < blockCount; block += 1) {
    const order: number[] = [];
    for (let index = 0; index < count; index += 1) {
      if (before[index] !== Number.POSITIVE_INFINITY) order.push(index);
    }
    order.sort((a, b) => (before[a] as number) - (before[b] as number));
    const after = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
    for (let to = 0; to < count; to += 1) {
      if (mask[to * blockCount + block] === 0) continue;
      // Going on with the same volunteer costs no hop.
      let best = before[to] as number;
      let from = to;
      for (const other of order) {
        const arrived = (before[other] as number) + stageMs;
        if (arrived + hopMsMin >= best) break;
        if (groups[other] === groups[to]) continue;
        const cost = arrived + (hops[other * count + to] as number);
        if (cost >= best) continue;
        best = cost;
        from = other;
      }
      after[to] = best + (candidates[to] as Candidate).msPerBlock;
      cameFrom[to * blockCount + block] = from;
    }
    before = after;
  }
  let last = -1;
  let cost = Number.POSITIVE_INFINITY;
  for (const [index, { heads, endBlock, msPerBlock }] of candidates.entries()) {
    if (!heads || endBlock < blockCount) continue;
    const whole = (before[index] as number) + (ends[index] as number) + headBlocks * msPerBlock;
    if (whole >= cost) continue;
    cost = whole;
    last = index;
  }
  return last < 0 ? undefined : { assignments: walkBack(search, cameFrom, last), cost };
}

function walkBack(
  { candidates, blockCount }: PathSearch,
  cameFrom: Int32Array,
  last: number,
): Assignment[] {
  const assignments: Assignment[] = [];
  let index = last;
  let endBlock = blockCount;
  for (let block = blockCount - 1; block >= 0; block -= 1) {
    const from = block === 0 ? -1 : (cameFrom[index * blockCount + block] as number);
    if (from === index) continue;
    const candidate = candidates[index] as Candidate;
    assignments.unshift({ candidate, firstBlock: block, endBlock });
    endBlock = block;
    index = from;
  }
  return assignments;
}
