import type { Segment } from '../backend.ts';

/** Which rows of a chunk go through the head. */
export interface HeadRows {
  readonly count: number;
  /** Where they start once they lie together: where they are if they do already. */
  readonly first: number;
  readonly runs: readonly { readonly first: number; readonly count: number }[];
}

/** The last rows of each segment, in runs that follow each other. */
export function headRowsOf(segments: readonly Segment[]): HeadRows {
  const runs: { first: number; count: number }[] = [];
  let row = 0;
  let total = 0;
  for (const { tokenCount, headRows } of segments) {
    const first = row + tokenCount - headRows;
    const last = runs.at(-1);
    if (last !== undefined && last.first + last.count === first) last.count += headRows;
    else if (headRows > 0) runs.push({ first, count: headRows });
    row += tokenCount;
    total += headRows;
  }
  return { count: total, first: runs.length === 1 ? (runs[0]?.first ?? 0) : 0, runs };
}
