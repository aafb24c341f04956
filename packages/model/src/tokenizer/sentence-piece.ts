import type { EncodeText } from './byte-level-bpe.ts';
import { TOKEN_KIND } from './token-kinds.ts';

/** SentencePiece spells a space as U+2581 (lower one eighth block). */
export const SPACE_MARK = '\u2581';

interface SentencePieceOptions {
  readonly tokens: readonly string[];
  readonly kinds: Uint8Array;
  readonly scores: Float32Array;
  /** By byte; -1 where the vocabulary has none. */
  readonly byteIds: Int32Array;
  readonly unknownId: number | undefined;
}

/** Two neighbouring symbols that together are a token. Stale once either side has grown. */
interface Bigram {
  readonly left: number;
  readonly right: number;
  readonly score: number;
  readonly length: number;
}

/**
 * SentencePiece's BPE as llama.cpp runs it: of all neighbouring symbols that together are a token the
 * highest score merges first, the leftmost among equals; what is no token in the end becomes bytes.
 *
 * Own code: GGUF carries scores and no merges for these vocabularies, and the BPE model of
 * `@huggingface/tokenizers` takes merges. Control, unknown and byte tokens never come from merging
 * (as in SentencePiece itself, unlike llama.cpp): a typed `<s>` stays text.
 */
export function createSentencePiece(options: SentencePieceOptions): EncodeText {
  const { tokens, kinds, scores, byteIds, unknownId } = options;
  const byteIdSet = new Set(byteIds);
  const idOf = new Map<string, number>();
  let charsMax = 1;
  for (let id = 0; id < tokens.length; id++) {
    const kind = kinds[id];
    const isPlain =
      kind !== TOKEN_KIND.control && kind !== TOKEN_KIND.unknown && kind !== TOKEN_KIND.byte;
    if (!isPlain || byteIdSet.has(id)) continue;
    const token = tokens[id] as string;
    idOf.set(token, id);
    charsMax = Math.max(charsMax, token.length);
  }

  const pushBytes = (text: string, ids: number[]) => {
    for (const byte of new TextEncoder().encode(text)) {
      const id = byteIds[byte] as number;
      if (id >= 0) ids.push(id);
      else if (unknownId !== undefined) ids.push(unknownId);
    }
  };

  return (text) => {
    const escaped = text.replaceAll(' ', SPACE_MARK);
    const symbols = mergeSymbols(escaped, charsMax, (piece) => {
      const id = idOf.get(piece);
      return id === undefined ? undefined : scores[id];
    });
    const ids: number[] = [];
    for (const piece of symbols) {
      const id = idOf.get(piece);
      if (id === undefined) pushBytes(piece, ids);
      else ids.push(id);
    }
    return ids;
  };
}

/** Merges characters into the pieces that `scoreOf` knows, n log n in the length of the text. */
function mergeSymbols(
  text: string,
  charsMax: number,
  scoreOf: (piece: string) => number | undefined,
): string[] {
  const { starts, count } = splitCharacters(text);
  // Symbol i covers text[start[i], start[i] + length[i]); length 0 means it was merged away.
  const length = new Uint32Array(count);
  const previous = new Int32Array(count);
  const next = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    length[i] = (starts[i + 1] as number) - (starts[i] as number);
    previous[i] = i - 1;
    next[i] = i + 1 < count ? i + 1 : -1;
  }
  const heap: Bigram[] = [];
  const offer = (left: number, right: number) => {
    if (left < 0 || right < 0) return;
    const size = (length[left] as number) + (length[right] as number);
    if (size > charsMax) return;
    const start = starts[left] as number;
    const score = scoreOf(text.slice(start, start + size));
    if (score !== undefined) pushBigram(heap, { left, right, score, length: size });
  };
  for (let i = 1; i < count; i++) offer(i - 1, i);
  for (let best = popBigram(heap); best !== undefined; best = popBigram(heap)) {
    const { left, right } = best;
    const size = (length[left] as number) + (length[right] as number);
    if (length[left] === 0 || length[right] === 0 || size !== best.length) continue;
    length[left] = size;
    length[right] = 0;
    const after = next[right] as number;
    next[left] = after;
    if (after >= 0) previous[after] = left;
    offer(previous[left] as number, left);
    offer(left, after);
  }
  const pieces: string[] = [];
  for (let i = count > 0 ? 0 : -1; i >= 0; i = next[i] as number) {
    const start = starts[i] as number;
    pieces.push(text.slice(start, start + (length[i] as number)));
  }
  return pieces;
}

/** Where each character starts, and the end of the text after them. */
function splitCharacters(text: string): { starts: Uint32Array; count: number } {
  const starts = new Uint32Array(text.length + 1);
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    starts[count++] = i;
    if ((text.codePointAt(i) as number) > 0xffff) i++;
  }
  starts[count] = text.length;
  return { starts, count };
}

function isBetter(a: Bigram, b: Bigram): boolean {
  return a.score > b.score || (a.score === b.score && a.left < b.left);
}

function pushBigram(heap: Bigram[], bigram: Bigram): void {
  let i = heap.length;
  heap.push(bigram);
  while (i > 0) {
    const parent = (i - 1) >> 1;
    const above = heap[parent] as Bigram;
    if (!isBetter(bigram, above)) break;
    heap[i] = above;
    i = parent;
  }
  heap[i] = bigram;
}

function popBigram(heap: Bigram[]): Bigram | undefined {
  const top = heap[0];
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return top;
  let i = 0;
  for (;;) {
    let child = 2 * i + 1;
    if (child >= heap.length) break;
    const right = child + 1;
    if (right < heap.length && isBetter(heap[right] as Bigram, heap[child] as Bigram))
      child = right;
    if (!isBetter(heap[child] as Bigram, last)) break;
    heap[i] = heap[child] as Bigram;
    i = child;
  }
  heap[i] = last;
  return top;
}
