import { ModelError } from '../error.ts';
import type { GgufMetadata, GgufNumbers } from '../gguf/header.ts';
import { optionalNumbers, optionalTexts } from '../gguf/metadata.ts';

export function malformed(key: string, problem: string): ModelError {
  return new ModelError(
    'malformed',
    `${key} ${problem}; the file is damaged or badly converted, get another copy`,
  );
}

/** A token id below `tokenCount`. */
export function readTokenId(
  metadata: GgufMetadata,
  key: string,
  tokenCount: number,
): number | undefined {
  const id = metadata.get(key);
  if (id === undefined) return undefined;
  if (typeof id !== 'number' || !Number.isInteger(id)) throw malformed(key, 'is not a token id');
  if (id >= 0 && id < tokenCount) return id;
  throw malformed(key, `is ${id} in a vocabulary of ${tokenCount} tokens`);
}

/** Texts of at most `charsMax` UTF-16 units each, at most `countMax` of them. */
export function readTexts(
  metadata: GgufMetadata,
  key: string,
  limits: { countMax: number; charsMax: number },
): readonly string[] | undefined {
  const texts = optionalTexts(metadata, key);
  if (texts === undefined) return undefined;
  if (texts.length > limits.countMax) {
    throw malformed(key, `has ${texts.length} entries, more than ${limits.countMax}`);
  }
  const overlong = texts.findIndex((text) => text.length > limits.charsMax);
  if (overlong < 0) return texts;
  throw malformed(key, `holds a text longer than ${limits.charsMax} at ${overlong}`);
}

/** Finite numbers, one for each token. */
export function readTokenNumbers(
  metadata: GgufMetadata,
  key: string,
  tokenCount: number,
): Exclude<GgufNumbers, BigInt64Array | BigUint64Array> | undefined {
  const numbers = optionalNumbers(metadata, key);
  if (numbers === undefined) return undefined;
  if (numbers instanceof BigInt64Array || numbers instanceof BigUint64Array) {
    throw malformed(key, 'holds numbers that are too large');
  }
  if (numbers.length !== tokenCount) {
    throw malformed(key, `has ${numbers.length} entries for a vocabulary of ${tokenCount} tokens`);
  }
  const odd = numbers.findIndex((value) => !Number.isFinite(value));
  if (odd < 0) return numbers;
  throw malformed(key, `holds no finite number at ${odd}`);
}
