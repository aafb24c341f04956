import { overBudget } from '../budget.ts';
import { EngineError } from '../error.ts';

/** What an allocation is for; the budget bounds weights and KV caches. */
export type MemoryUse = 'weights' | 'kv' | 'scratch';

/** The linear memory of one stage and who has which part of it. */
export interface WasmMemory {
  readonly memory: WebAssembly.Memory;
  /** The address of that many bytes, aligned for vectors: or `over-budget`, `out-of-memory`. */
  allocate(use: MemoryUse, label: string, byteLength: number): number;
  free(address: number): void;
  bytes(use: MemoryUse): number;
  /** Views are valid until the next `allocate`: growing detaches them. */
  f32(address: number, length: number): Float32Array;
  u8(address: number, length: number): Uint8Array;
  u32(address: number, length: number): Uint32Array;
}

interface Range {
  readonly address: number;
  readonly byteLength: number;
}

const PAGE_BYTES = 65_536;
const PAGES_MAX = 65_536;
/** Activations come on top of the budget; the largest models' are a quarter of this. */
const SCRATCH_BYTES_MAX = 2 ** 29;
/** Addresses have 32 bits; the last page stays out so that an end is one too. */
const ADDRESS_MAX = (PAGES_MAX - 1) * PAGE_BYTES;
/** Kernels have no data of their own; the first page catches an address of 0. */
const FIRST_ADDRESS = PAGE_BYTES;
/** A cache line. */
const ALIGNMENT_BYTES = 64;

/** Threads need one that is shared, which is to be had only on pages that are isolated from other origins. */
export function createWasmMemory(memoryBytesMax: number, shared = false): WasmMemory {
  const maximum = shared ? sharedPagesMax(memoryBytesMax) : PAGES_MAX;
  const memory = new WebAssembly.Memory({ initial: 2, maximum, shared });
  const used = { weights: 0, kv: 0, scratch: 0 };
  const live = new Map<number, Range & { readonly use: MemoryUse }>();
  /** Gaps that sessions left, by address; never two in a row. */
  let gaps: Range[] = [];
  let end = FIRST_ADDRESS;

  const takeGap = (byteLength: number): number | undefined => {
    const index = gaps.findIndex((gap) => gap.byteLength >= byteLength);
    const gap = gaps[index];
    if (gap === undefined) return undefined;
    const rest = { address: gap.address + byteLength, byteLength: gap.byteLength - byteLength };
    gaps.splice(index, 1, ...(rest.byteLength > 0 ? [rest] : []));
    return gap.address;
  };
  const takeEnd = (label: string, byteLength: number): number => {
    const address = end;
    const missing = address + byteLength - memory.buffer.byteLength;
    if (address + byteLength > ADDRESS_MAX) throw outOfMemory(label, byteLength);
    if (missing > 0) {
      try {
        memory.grow(Math.ceil(missing / PAGE_BYTES));
      } catch (cause) {
        throw outOfMemory(label, byteLength, cause);
      }
    }
    end += byteLength;
    return address;
  };

  return {
    memory,
    allocate(use, label, wanted) {
      const byteLength = Math.ceil(Math.max(wanted, 1) / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
      const budgeted = used.weights + used.kv + (use === 'scratch' ? 0 : byteLength);
      if (budgeted > memoryBytesMax) throw overBudget(label, budgeted, memoryBytesMax);
      const address = takeGap(byteLength) ?? takeEnd(label, byteLength);
      live.set(address, { address, byteLength, use });
      used[use] += byteLength;
      return address;
    },
    free(address) {
      const range = live.get(address);
      if (range === undefined) return;
      live.delete(address);
      used[range.use] -= range.byteLength;
      gaps = joinGaps([...gaps, range]);
      const last = gaps.at(-1);
      if (last === undefined || last.address + last.byteLength !== end) return;
      end = last.address;
      gaps.pop();
    },
    bytes: (use) => used[use],
    f32: (address, length) => new Float32Array(memory.buffer, address, length),
    u8: (address, length) => new Uint8Array(memory.buffer, address, length),
    u32: (address, length) => new Uint32Array(memory.buffer, address, length),
  };
}

/** Some browsers set aside at once what a shared memory may grow to: no more than it can need. */
function sharedPagesMax(memoryBytesMax: number): number {
  return Math.min(PAGES_MAX, Math.ceil((memoryBytesMax + SCRATCH_BYTES_MAX) / PAGE_BYTES));
}

function joinGaps(gaps: readonly Range[]): Range[] {
  const joined: Range[] = [];
  for (const { address, byteLength } of gaps.toSorted((a, b) => a.address - b.address)) {
    const last = joined.at(-1);
    if (last === undefined || last.address + last.byteLength !== address) {
      joined.push({ address, byteLength });
    } else {
      joined.splice(-1, 1, { ...last, byteLength: last.byteLength + byteLength });
    }
  }
  return joined;
}

function outOfMemory(label: string, byteLength: number, cause?: unknown): EngineError {
  return new EngineError(
    'out-of-memory',
    `the browser has no ${byteLength} bytes for ${label} (a tab has at most 4 GiB for it); ` +
      'hold fewer blocks, close a session or other pages',
    { cause },
  );
}
