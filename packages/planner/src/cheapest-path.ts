import { type Assignment, type Candidate, type Network, oneWay } from './chain.ts';

/** The candidates of one numeric class and what they cost, prepared for several searches. */
export interface PathSearch {
  readonly candidates: readonly Candidate[];
  /** For each candidate the number of its group: a chain takes one stage of a group. */
  readonly groups: Int32Array;
  readonly blockCount: number;
  /** Milliseconds from candidate `from` to candidate `to`. */
  hopMs(from: number, to: number): number;
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
  const peerIdOf = (index: number) => (candidates[index] as Candidate).peerId;
  // Most pairs are never asked for: whole models need no hop between volunteers.
  let known: Float64Array | undefined;
  const hopMs = (from: number, to: number): number => {
    known ??= new Float64Array(count * count).fill(-1);
    const at = from * count + to;
    if ((known[at] as number) < 0) known[at] = oneWay(network, peerIdOf(from), peerIdOf(to));
    return known[at] as number;
  };
  const ends = Float64Array.from(candidates, ({ peerId }) =>
    oneWay(network, network.requesterPeerId, peerId),
  );
  const { headBlocks = 0 } = network;
  return { candidates, groups, blockCount, hopMs, ends, headBlocks };
}

/** Everything the candidates hold and can run: the first block only with the embedding, the last with the head. */
export function maskOf({ candidates, blockCount }: PathSearch): BlockMask {
  const mask = new Uint8Array(candidates.length * blockCount);
  for (const [index, { firstBlock, endBlock, embeds, heads }] of candidates.entries()) {
    const first = embeds ? firstBlock : Math.max(1, firstBlock);
    const end = heads ? endBlock : Math.min(blockCount - 1, endBlock);
    if (first < end) mask.fill(1, index * blockCount + first, index * blockCount + end);
  }
  return mask;
}

/**
 * The chain of least predicted time through what the mask allows, each stage costing `stageMs` more
 * than it takes; neighbours are of different groups. `undefined` where there is none.
 *
 * Dynamic programming over segments and over who runs the last of them. Between two blocks where somebody
 * begins or ends, a change of volunteer gains as much with every block that it comes earlier, or loses as
 * much: it belongs to an end of the segment. A hop depends on both its ends, so who came before matters;
 * candidates are tried cheapest first, and no more once a hop cannot pay.
 */
export function cheapestPath(
  search: PathSearch,
  mask: BlockMask,
  stageMs: number,
): { assignments: Assignment[]; cost: number } | undefined {
  const { candidates, groups, blockCount, hopMs, ends, headBlocks } = search;
  const count = candidates.length;
  const starts = segmentsOf(mask, count, blockCount);
  const cameFrom = new Int32Array(count * starts.length);
  let before = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  const order = Int32Array.from(candidates.keys());
  for (const [segment, start] of starts.entries()) {
    const size = (starts[segment + 1] ?? blockCount) - start;
    if (segment > 0) sortByCost(order, before);
    const after = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
    for (let to = 0; to < count; to += 1) {
      if (mask[to * blockCount + start] === 0) continue;
      // Going on with the same volunteer costs no hop.
      let best = before[to] as number;
      let from = to;
      if (segment === 0) best = (ends[to] as number) + stageMs;
      for (const other of order) {
        const arrived = (before[other] as number) + stageMs;
        if (arrived >= best) break;
        if (groups[other] === groups[to]) continue;
        const cost = arrived + hopMs(other, to);
        if (cost >= best) continue;
        best = cost;
        from = other;
      }
      after[to] = best + (candidates[to] as Candidate).msPerBlock * size;
      cameFrom[segment * count + to] = from;
    }
    before = after;
  }
  let last = -1;
  let cost = Number.POSITIVE_INFINITY;
  for (const [index, { msPerBlock }] of candidates.entries()) {
    const whole = (before[index] as number) + (ends[index] as number) + headBlocks * msPerBlock;
    if (whole >= cost) continue;
    cost = whole;
    last = index;
  }
  return last < 0 ? undefined : { assignments: walkBack(search, starts, cameFrom, last), cost };
}

/** The blocks at which some candidate may begin, or may not go on. */
function segmentsOf(mask: BlockMask, count: number, blockCount: number): number[] {
  const isEdge = new Uint8Array(blockCount);
  for (let index = 0; index < count; index += 1) {
    const row = index * blockCount;
    for (let block = 1; block < blockCount; block += 1) {
      if (mask[row + block] !== mask[row + block - 1]) isEdge[block] = 1;
    }
  }
  const starts = [0];
  for (let block = 1; block < blockCount; block += 1) if (isEdge[block] === 1) starts.push(block);
  return starts;
}

/** By insertion: from one segment to the next the order hardly changes. */
function sortByCost(order: Int32Array, costs: Float64Array): void {
  for (let at = 1; at < order.length; at += 1) {
    const index = order[at] as number;
    const cost = costs[index] as number;
    let to = at;
    for (; to > 0 && (costs[order[to - 1] as number] as number) > cost; to -= 1) {
      order[to] = order[to - 1] as number;
    }
    order[to] = index;
  }
}

function walkBack(
  { candidates, blockCount }: PathSearch,
  starts: readonly number[],
  cameFrom: Int32Array,
  last: number,
): Assignment[] {
  const assignments: Assignment[] = [];
  let index = last;
  let endBlock = blockCount;
  for (let segment = starts.length - 1; segment >= 0; segment -= 1) {
    const from = segment === 0 ? -1 : (cameFrom[segment * candidates.length + index] as number);
    if (from === index) continue;
    const firstBlock = starts[segment] as number;
    assignments.unshift({ candidate: candidates[index] as Candidate, firstBlock, endBlock });
    endBlock = firstBlock;
    index = from;
  }
  return assignments;
}
