import { DRAFT_NGRAM_MAX, DRAFT_NGRAM_MIN } from '../limits.ts';

/** Tokens that may come next, guessed without computing anything. */
export interface Draft {
  readonly tokenIds: readonly number[];
  /** How many of the last tokens stood in front of them before: more are a better sign. */
  readonly matchedTokens: number;
}

/** Guesses what follows a growing context. */
export interface PromptLookup {
  /** What followed the last tokens where they stood before, at most `countMax` of them. */
  propose(countMax: number): Draft | undefined;
}

/**
 * Looks the last few tokens up in all that stands before them, the most recent place first (Saxena,
 * "Prompt Lookup Decoding", 2023): answers quote their prompts and repeat themselves. `contextIds`
 * may only grow; what was added is indexed when it is next asked for.
 */
export function createPromptLookup(contextIds: readonly number[]): PromptLookup {
  const sizes: number[] = [];
  for (let size = DRAFT_NGRAM_MAX; size >= DRAFT_NGRAM_MIN; size -= 1) sizes.push(size);
  /** For each size, where the token after an n-gram stands, under a hash of the n-gram. */
  const places = new Map(sizes.map((size) => [size, new Map<number, number>()]));
  let indexed = 0;

  const tokenAt = (position: number): number => contextIds[position] ?? -1;
  const hashBefore = (end: number, size: number): number => {
    let hash = size;
    for (let position = end - size; position < end; position += 1) {
      hash = Math.imul(hash ^ tokenAt(position), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    return hash;
  };
  /** Only n-grams that something follows: the last ones would find themselves. */
  const catchUp = (): void => {
    for (; indexed < contextIds.length; indexed += 1) {
      for (const [size, found] of places) {
        if (indexed >= size) found.set(hashBefore(indexed, size), indexed);
      }
    }
  };
  /** A hash is no proof. */
  const isEqualBefore = (place: number, end: number, size: number): boolean => {
    for (let back = 1; back <= size; back += 1) {
      if (tokenAt(place - back) !== tokenAt(end - back)) return false;
    }
    return true;
  };

  return {
    propose(countMax) {
      catchUp();
      const end = contextIds.length;
      for (const [size, found] of countMax > 0 ? places : []) {
        const place = end < size ? undefined : found.get(hashBefore(end, size));
        if (place === undefined || !isEqualBefore(place, end, size)) continue;
        const tokenIds: number[] = [];
        // Where the copy reaches the end of the context, it goes on with itself: text with a period.
        for (let index = 0; index < countMax; index += 1) {
          const from = place + index;
          tokenIds.push(from < end ? tokenAt(from) : (tokenIds[from - end] ?? -1));
        }
        return { tokenIds, matchedTokens: size };
      }
      return undefined;
    },
  };
}
