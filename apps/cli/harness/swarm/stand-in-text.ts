import { CANDIDATE_COUNT_MAX } from '@manyhands/engine/stage';
import { CANDIDATE_ROW_WORDS } from '@manyhands/engine/step-results';

/**
 * A stand-in for a language model that is as stateful as one. A position's row depends on everything
 * that came before it and on every block it passed, as keys and values make it in a real stage: a lost
 * position, a wrong replay or a mixed-up session changes the text. All numbers are integers below
 * 2,039, which f16 holds exactly, so that links of either precision give the same text.
 *
 * A prompt that begins with `REPEATING_PROMPT_ID` is answered with one phrase again and again, as small
 * models do in loops: that is what drafts are good at. There each block only checks the history that
 * came with the row against its own, and spoils the row where they differ.
 */
export const STAND_IN_HIDDEN_SIZE = 576;
export const REPEATING_PROMPT_ID = 500;
const PHRASE_TOKENS = 16;
/** The tokens that choose the phrase. */
const PHRASE_SEED_TOKENS = 4;
const PRIME = 2_039;

/** Values of a row of a repeating text; of any other, all but the first are its hidden state. */
const SEED = 0;
const FLAW = 1;
const HISTORY = 2;
const TOKEN = 3;

/** What one block keeps of one position, as its KV cache: what it saw up to there. */
export interface Kept {
  readonly history: number;
  readonly seed: number;
}

/** The row that enters block 0. `before` is what block 0 keeps of the position before. */
export function embedRow(
  row: Int32Array,
  tokenId: number,
  position: number,
  before: Kept | undefined,
): void {
  const digest = mix(tokenId % PRIME, Math.floor(tokenId / PRIME) + 1);
  let seed = before?.seed ?? 0;
  if (position === 0 && tokenId === REPEATING_PROMPT_ID) seed = 1;
  if (seed > 0 && position < PHRASE_SEED_TOKENS) seed = 1 + (mix(seed, digest) % (PRIME - 1));
  for (let i = 0; i < row.length; i++) row[i] = mix(digest, i + 1);
  row[SEED] = seed;
  if (seed === 0) return;
  row.fill(0, FLAW);
  row[TOKEN] = digest;
}

/** Takes a row through one block and returns what the block keeps of it. */
export function runBlock(row: Int32Array, block: number, before: Kept | undefined): Kept {
  const seed = row[SEED] as number;
  return seed === 0 ? mixHistory(row, block, before) : checkHistory(row, block, before, seed);
}

function mixHistory(row: Int32Array, block: number, before: Kept | undefined): Kept {
  const key = foldRow(row);
  const history = mix(before?.history ?? block + 1, key);
  for (let i = 1; i < row.length; i++) row[i] = mix((row[i] as number) + history, i + 7);
  return { history, seed: 0 };
}

function checkHistory(
  row: Int32Array,
  block: number,
  before: Kept | undefined,
  seed: number,
): Kept {
  const history = mix(before?.history ?? 1, row[TOKEN] as number);
  if (block === 0) row[HISTORY] = history;
  else if (row[HISTORY] !== history) row[FLAW] = 1 + (mix(history, row[FLAW] as number) % 1_000);
  return { history, seed };
}

/** Candidates in the words that a backend returns: ids, logits, log-sum-exp. */
export function writeCandidates(
  words: ArrayBuffer,
  index: number,
  row: Int32Array,
  position: number,
  vocabSize: number,
): void {
  const count = Math.min(CANDIDATE_COUNT_MAX, vocabSize);
  const at = index * CANDIDATE_ROW_WORDS * 4;
  const ids = new Uint32Array(words, at, count);
  const logits = new Float32Array(words, at + CANDIDATE_COUNT_MAX * 4, count);
  const likeliest = likeliestToken(row, position, vocabSize);
  let sum = 0;
  for (let i = 0; i < count; i++) {
    ids[i] = (likeliest + i) % vocabSize;
    logits[i] = 12 - i / 8;
    sum += Math.exp(12 - i / 8);
  }
  new Float32Array(words, at + 2 * CANDIDATE_COUNT_MAX * 4, 1)[0] = Math.log(sum);
}

function likeliestToken(row: Int32Array, position: number, vocabSize: number): number {
  const seed = row[SEED] as number;
  if (seed === 0) return wordOf(foldRow(row), foldRow(row.subarray(row.length / 2)), vocabSize);
  const place = (position + 1) % PHRASE_TOKENS;
  return wordOf(mix(seed + (row[FLAW] as number), place), mix(place, seed), vocabSize);
}

function wordOf(a: number, b: number, vocabSize: number): number {
  return (a * PRIME + b) % vocabSize;
}

function foldRow(row: Int32Array): number {
  let sum = 3;
  for (let i = 0; i < row.length; i++) sum = mix(sum, row[i] as number);
  return sum;
}

function mix(a: number, b: number): number {
  const scattered = ((((a * 31 + b * 17 + 1_234) | 0) % PRIME) * 257) | 0;
  return ((scattered + (((a * b) | 0) % 251)) | 0) % PRIME;
}
