import { ModelError } from '../error.ts';
import type { GgufMetadata, GgufNumbers, GgufValue } from './header.ts';

/** Typed access to metadata: a missing required key or a value of another type is `malformed`. */

export function requireText(metadata: GgufMetadata, key: string): string {
  return optionalText(metadata, key) ?? missing(key);
}

export function optionalText(metadata: GgufMetadata, key: string): string | undefined {
  const value = metadata.get(key);
  if (value === undefined || typeof value === 'string') return value;
  return mistyped(key, 'text', value);
}

/** A whole number from 1 to `COUNT_MAX`. */
export function requireCount(metadata: GgufMetadata, key: string): number {
  return optionalCount(metadata, key) ?? missing(key);
}

export function optionalCount(metadata: GgufMetadata, key: string): number | undefined {
  const value = metadata.get(key);
  return value === undefined ? undefined : checkCount(key, value);
}

/** A count that some writers repeat for every block: accepted while all are equal. */
export function requireUniformCount(metadata: GgufMetadata, key: string): number {
  return optionalUniformCount(metadata, key) ?? missing(key);
}

export function optionalUniformCount(metadata: GgufMetadata, key: string): number | undefined {
  const value = metadata.get(key);
  if (value === undefined || !isNumbers(value)) return optionalCount(metadata, key);
  const first = value[0];
  if (first === undefined) return mistyped(key, 'a count', value);
  for (const item of value) {
    if (item === first) continue;
    throw new ModelError(
      'unsupported-feature',
      `${key} differs between blocks; choose a model whose blocks are all alike`,
    );
  }
  return checkCount(key, first);
}

/** A finite number. */
export function requireFloat(metadata: GgufMetadata, key: string): number {
  return optionalFloat(metadata, key) ?? missing(key);
}

export function optionalFloat(metadata: GgufMetadata, key: string): number | undefined {
  const value = metadata.get(key);
  if (value === undefined || (typeof value === 'number' && Number.isFinite(value))) return value;
  return mistyped(key, 'a finite number', value);
}

export function optionalBool(metadata: GgufMetadata, key: string): boolean | undefined {
  const value = metadata.get(key);
  if (value === undefined || typeof value === 'boolean') return value;
  return mistyped(key, 'a boolean', value);
}

export function optionalTexts(metadata: GgufMetadata, key: string): readonly string[] | undefined {
  const value = metadata.get(key);
  if (value === undefined || isTexts(value)) return value;
  return mistyped(key, 'a list of texts', value);
}

export function optionalNumbers(metadata: GgufMetadata, key: string): GgufNumbers | undefined {
  const value = metadata.get(key);
  if (value === undefined || isNumbers(value)) return value;
  return mistyped(key, 'a list of numbers', value);
}

/** No dimension of a model comes near it; products of two stay safe integers. */
const COUNT_MAX = 2 ** 26;

function checkCount(key: string, value: GgufValue): number {
  const isCount = typeof value === 'number' && Number.isInteger(value) && value >= 1;
  if (isCount && value <= COUNT_MAX) return value;
  return mistyped(key, `a whole number from 1 to ${COUNT_MAX}`, value);
}

function isNumbers(value: GgufValue): value is GgufNumbers {
  return ArrayBuffer.isView(value);
}

function isTexts(value: GgufValue): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function missing(key: string): never {
  throw new ModelError('malformed', `the metadata lacks ${key}; convert the model again`);
}

function mistyped(key: string, expected: string, value: GgufValue): never {
  const found = typeof value === 'object' ? 'a list' : String(value).slice(0, 40);
  throw new ModelError('malformed', `${key} should be ${expected} but is ${found}`);
}
