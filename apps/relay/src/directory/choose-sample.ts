import type { ModelRoot, PeerId } from '@manyhands/protocol/id';
import { SAMPLE_HOLDERS_PER_BLOCK } from '../limits.ts';
import type { DirectoryRecord } from './directory.ts';

/**
 * At most `countMax` holders of a model. Every block, the embedding and the head appear with up to
 * `SAMPLE_HOLDERS_PER_BLOCK` holders before the rest is filled at random, so that a sample of a
 * large network can still serve; `keep` come first, so that samples change little.
 */
export function chooseSample(options: {
  readonly holders: ReadonlyMap<PeerId, DirectoryRecord>;
  readonly modelRoot: ModelRoot;
  readonly countMax: number;
  readonly keep: ReadonlySet<PeerId>;
  readonly random: () => number;
}): Set<PeerId> {
  const { holders, modelRoot, countMax, keep, random } = options;
  if (holders.size <= countMax) return new Set(holders.keys());
  const kept = [...keep].filter((peerId) => holders.has(peerId));
  const others = shuffled(
    [...holders.keys()].filter((peerId) => !keep.has(peerId)),
    random,
  );
  const ordered = [...kept, ...others];
  const chosen = new Set<PeerId>();
  const heldTimes = new Map<number, number>();
  for (const peerId of ordered) {
    if (chosen.size >= countMax) break;
    const parts = partsHeld(holders.get(peerId), modelRoot);
    const isThin = parts.some((part) => (heldTimes.get(part) ?? 0) < SAMPLE_HOLDERS_PER_BLOCK);
    if (!isThin) continue;
    chosen.add(peerId);
    for (const part of parts) heldTimes.set(part, (heldTimes.get(part) ?? 0) + 1);
  }
  for (const peerId of ordered) {
    if (chosen.size >= countMax) break;
    chosen.add(peerId);
  }
  return chosen;
}

const EMBEDDING = -1;
const HEAD = -2;
const WHOLE = -3;

/** Blocks a record can serve now, and the ends as negative numbers. */
function partsHeld(record: DirectoryRecord | undefined, modelRoot: ModelRoot): number[] {
  if (record === undefined || record.entry.state !== 'serving') return [];
  const parts: number[] = [];
  for (const holding of record.entry.holdings) {
    if (holding.modelRoot !== modelRoot) continue;
    if (holding.kind === 'embedding') {
      parts.push(WHOLE);
      continue;
    }
    for (let block = holding.firstBlock; block < holding.endBlock; block += 1) parts.push(block);
    if (holding.embeds) parts.push(EMBEDDING);
    if (holding.heads) parts.push(HEAD);
  }
  return parts;
}

function shuffled<Item>(items: Item[], random: () => number): Item[] {
  for (let last = items.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [items[last], items[other]] = [items[other] as Item, items[last] as Item];
  }
  return items;
}
