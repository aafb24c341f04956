import { EngineError } from '../error.ts';
import plain from './compiled/plain.base64?raw';
import relaxed from './compiled/relaxed.base64?raw';

/** `relaxed` uses relaxed SIMD: fused multiply-add and products of bytes. */
export type KernelVariant = 'plain' | 'relaxed';

/**
 * What a module exports; `kernels/*.as` says what each computes. Addresses and strides are bytes,
 * other numbers count elements.
 */
export interface Kernels {
  repackF32: Repack;
  repackF16: Repack;
  repackQ80: Repack;
  repackQ40: Repack;
  repackQ4K: Repack;
  repackQ6K: Repack;
  unpackRow(
    type: number,
    strip: number,
    row: number,
    columns: number,
    scratch: number,
    out: number,
  ): void;
  quantizeI16: Quantize;
  quantizeI8: Quantize;
  quantizeI8Wide: Quantize;
  productF32(
    type: number,
    weights: number,
    stripBytes: number,
    stripCount: number,
    columns: number,
    scratch: number,
    x: number,
    xStride: number,
    tokens: number,
    out: number,
    outStride: number,
    accumulates: boolean,
  ): void;
  q40I16: IntegerProduct;
  q4KI16: IntegerProduct;
  q6KI16: IntegerProduct;
  q80I16: IntegerProduct;
  q40I8: IntegerProduct;
  q40I8InPairs: IntegerProduct;
  q40I8Signed: IntegerProduct;
  q4KI8: IntegerProduct;
  q4KI8InPairs: IntegerProduct;
  q4KI8Signed: IntegerProduct;
  q6KI8: IntegerProduct;
  q80I8: IntegerProduct;
  q80I8Signed: IntegerProduct;
  dotKind(signed: number, unsigned: number): number;
  rmsNorm(
    x: number,
    stride: number,
    tokens: number,
    columns: number,
    gain: number,
    epsilon: number,
    out: number,
  ): void;
  placeHeads(
    x: number,
    stride: number,
    tokens: number,
    headCount: number,
    headDim: number,
    bias: number,
    gain: number,
    epsilon: number,
    rotations: number,
    ropeDim: number,
    isHalf: boolean,
    rows: number,
    pageLength: number,
    out: number,
  ): void;
  attention(
    queries: number,
    rows: number,
    tokens: number,
    headCount: number,
    kvHeadCount: number,
    headDim: number,
    keys: number,
    values: number,
    pageLength: number,
    scores: number,
    states: number,
    out: number,
    outStride: number,
  ): void;
  attendParts(
    queries: number,
    row: number,
    headCount: number,
    kvHeadCount: number,
    headDim: number,
    keys: number,
    values: number,
    pageLength: number,
    partPages: number,
    firstPart: number,
    partCount: number,
    scores: number,
    states: number,
  ): void;
  joinParts(
    partCount: number,
    headCount: number,
    kvHeadCount: number,
    headDim: number,
    states: number,
    out: number,
  ): void;
  swiGlu(gate: number, up: number, byteLength: number): void;
  candidates(logits: number, count: number, out: number): void;
}

export type KernelName = keyof Kernels;

export type IntegerProductName = {
  [K in KernelName]: Kernels[K] extends IntegerProduct ? K : never;
}[KernelName];

/** Returns whether what was repacked is finite. */
type Repack = (rows: number, count: number, columns: number, out: number) => number;

/**
 * `x` are rows that one of `quantizeI16`, `quantizeI8` and `quantizeI8Wide` wrote; `sums` is room for
 * `PRODUCT_SUMS_BYTES`.
 */
export type IntegerProduct = (
  weights: number,
  stripBytes: number,
  stripCount: number,
  columns: number,
  x: number,
  tokens: number,
  out: number,
  outStride: number,
  accumulates: boolean,
  sums: number,
) => void;

/** Sums of four tokens and four strips: see kernels/strips.as. */
export const PRODUCT_SUMS_BYTES = 128;

/** Room for what `attention` keeps of a session's tokens: see kernels/attention.as. */
export function attentionStateBytes(
  tokens: number,
  headCount: number,
  kvHeadCount: number,
  headBytes: number,
): number {
  const queryCount = (tokens * headCount) / kvHeadCount;
  return kvHeadCount * Math.ceil(queryCount / 4) * (80 + 4 * headBytes);
}

type Quantize = (x: number, xStride: number, tokens: number, columns: number, out: number) => void;

/**
 * The best variant this engine runs: a module is refused as a whole where it uses what the engine
 * lacks, so validating tells.
 */
export function bestVariant(): KernelVariant | undefined {
  if (typeof WebAssembly !== 'object') return undefined;
  if (WebAssembly.validate(forOwnMemory(decode(relaxed)))) return 'relaxed';
  return WebAssembly.validate(forOwnMemory(decode(plain))) ? 'plain' : undefined;
}

/** As `bestVariant`, but its absence is an error. */
export function requireVariant(): KernelVariant {
  const variant = bestVariant();
  if (variant !== undefined) return variant;
  throw new EngineError(
    'no-simd',
    'this browser has no WebAssembly SIMD (or forbids WebAssembly); use a current Chrome, Edge, ' +
      'Safari or Firefox',
  );
}

/** Kernels that work on `memory`, which may be shared. */
export async function createKernels(
  variant: KernelVariant,
  memory: WebAssembly.Memory,
): Promise<Kernels> {
  return createKernelInstance(await kernelModule(variant, isShared(memory)), memory);
}

/** The same from a module; each thread has an instance of its own. */
export function createKernelInstance(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
): Kernels {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const functions = Object.entries(exports).filter(([, value]) => typeof value === 'function');
  return Object.fromEntries(functions) as unknown as Kernels;
}

const modules = new Map<string, Promise<WebAssembly.Module>>();

/** Compiled once: a measurement, a self-test and the stage itself run the same code. */
export function kernelModule(
  variant: KernelVariant,
  isShared: boolean,
): Promise<WebAssembly.Module> {
  const key = `${variant} ${isShared}`;
  let module = modules.get(key);
  if (module === undefined) {
    const wasm = decode(variant === 'relaxed' ? relaxed : plain);
    module = WebAssembly.compile(isShared ? wasm : forOwnMemory(wasm));
    modules.set(key, module);
  }
  return module;
}

function isShared({ buffer }: WebAssembly.Memory): boolean {
  return typeof SharedArrayBuffer !== 'undefined' && buffer instanceof SharedArrayBuffer;
}

/** The import of "env" "memory", before the flags of its limits. */
const MEMORY_IMPORT = [3, ...bytesOf('env'), 6, ...bytesOf('memory'), 2];
/** https://webassembly.github.io/threads/core/binary/types.html#limits: with a maximum, not shared. */
const UNSHARED = 1;

/** A module says whether its memory is shared, and takes no other; nothing else in it differs. */
function forOwnMemory(wasm: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const at = wasm.findIndex((_, i) => MEMORY_IMPORT.every((byte, j) => wasm[i + j] === byte));
  if (at < 0) throw new EngineError('validation', 'the kernels import no memory; build them again');
  const unshared = wasm.slice();
  unshared[at + MEMORY_IMPORT.length] = UNSHARED;
  return unshared;
}

function bytesOf(text: string): readonly number[] {
  return Array.from(text, (character) => character.charCodeAt(0));
}

/**
 * Compiled kernels are in the repository, as text that every bundler and Node can import: a clone
 * starts without the compiler. `compile-kernels.test.ts` holds them against their sources.
 */
function decode(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
