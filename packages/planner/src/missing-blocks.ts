import type { Candidate } from './chain.ts';

/** What keeps a set of volunteers from covering a model. */
export interface Missing {
  readonly blocks: readonly number[];
  readonly missesEmbedding: boolean;
  readonly missesHead: boolean;
  /** Of the things above. */
  readonly count: number;
}

/** Blocks, embedding and head that none of the candidates can serve. */
export function missingIn(candidates: readonly Candidate[], blockCount: number): Missing {
  const blocks: number[] = [];
  for (let block = 0; block < blockCount; block += 1) {
    const isHeld = candidates.some((each) => each.firstBlock <= block && block < each.endBlock);
    if (!isHeld) blocks.push(block);
  }
  const last = blockCount - 1;
  const canBegin = candidates.some((each) => each.embeds && each.firstBlock === 0);
  // In a model of one block the same volunteer is first and last.
  const canEnd = candidates.some(
    (each) => each.heads && each.endBlock === blockCount && (last > 0 || each.embeds),
  );
  const missesEmbedding = !canBegin && !blocks.includes(0);
  const missesHead = !canEnd && !blocks.includes(last);
  const count = blocks.length + Number(missesEmbedding) + Number(missesHead);
  return { blocks, missesEmbedding, missesHead, count };
}

/** The gap in words: `Nobody serves blocks 3-5 and the head.` */
export function sentenceOf(missing: Missing): string {
  const parts: string[] = [];
  if (missing.blocks.length > 0) {
    parts.push(`${missing.blocks.length === 1 ? 'block' : 'blocks'} ${rangesOf(missing.blocks)}`);
  }
  if (missing.missesEmbedding) parts.push('the embedding');
  if (missing.missesHead) parts.push('the head');
  return `Nobody serves ${parts.join(' and ')} of this model now.`;
}

function rangesOf(blocks: readonly number[]): string {
  const ranges: string[] = [];
  let first = blocks[0] ?? 0;
  let last = first;
  for (const block of [...blocks.slice(1), Number.POSITIVE_INFINITY]) {
    if (block === last + 1) {
      last = block;
      continue;
    }
    ranges.push(first === last ? `${first}` : `${first}-${last}`);
    first = block;
    last = block;
  }
  return ranges.join(', ');
}
