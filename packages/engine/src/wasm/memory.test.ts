import { describe, expect, test } from 'vitest';
import { EngineError } from '../error.ts';
import { createWasmMemory } from './memory.ts';

const MIB = 2 ** 20;

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    return error instanceof EngineError ? error.code : String(error);
  }
  return undefined;
}

describe('addresses', () => {
  test('are aligned to cache lines, apart and never in the first page', () => {
    const memory = createWasmMemory(MIB);
    const sizes = [1, 63, 64, 65, 1000];
    const addresses = sizes.map((size) => memory.allocate('kv', 'a cache', size));
    expect(addresses.every((address) => address % 64 === 0 && address >= 65_536)).toBe(true);
    const ends = addresses.map((address, i) => address + (sizes[i] as number));
    expect(addresses.slice(1).every((address, i) => address >= (ends[i] as number))).toBe(true);
  });

  test('are inside the memory, which grows as far as needed', () => {
    const memory = createWasmMemory(64 * MIB);
    const address = memory.allocate('weights', 'a matrix', 10 * MIB);
    memory.u8(address, 10 * MIB).fill(1);
    expect(memory.memory.buffer.byteLength).toBeLessThan(11 * MIB);
  });

  test('are shared where that is wanted: with views that stay, as far as its budget and activations go', () => {
    const memory = createWasmMemory(MIB, true);
    expect(memory.memory.buffer).toBeInstanceOf(SharedArrayBuffer);
    const view = memory.f32(memory.allocate('scratch', 'rows', 64), 16);
    const address = memory.allocate('scratch', 'activations', 400 * MIB);
    memory.u8(address + 400 * MIB - 1, 1)[0] = 7;
    view.fill(3);
    expect(memory.f32(view.byteOffset, 1)[0]).toBe(3);
    expect(codeOf(() => memory.allocate('scratch', 'more', 200 * MIB))).toBe('out-of-memory');
  });

  test('views end when the memory grows', () => {
    const memory = createWasmMemory(64 * MIB);
    const view = memory.f32(memory.allocate('scratch', 'rows', 64), 16);
    view.fill(3);
    const before = memory.f32(memory.allocate('weights', 'a matrix', MIB), 1).byteOffset;
    expect(before).toBeGreaterThan(0);
    expect(view.length).toBe(0);
  });
});

describe('gaps', () => {
  test('are used again, joined and cut', () => {
    const memory = createWasmMemory(MIB);
    const [a, b, c, last] = [1, 2, 3, 4].map(() => memory.allocate('kv', 'a cache', 128)) as [
      number,
      number,
      number,
      number,
    ];
    memory.free(a);
    memory.free(c);
    expect(memory.allocate('kv', 'a cache', 256)).toBeGreaterThan(last);
    memory.free(b);
    // All three are one gap now.
    expect(memory.allocate('kv', 'a cache', 320)).toBe(a);
    expect(memory.allocate('kv', 'a cache', 64)).toBe(a + 320);
  });

  test('at the end are given back to what comes next, whatever its size', () => {
    const memory = createWasmMemory(MIB);
    const first = memory.allocate('kv', 'a cache', 64);
    const second = memory.allocate('kv', 'a cache', 64);
    memory.free(second);
    memory.free(first);
    expect(memory.allocate('kv', 'a cache', 4096)).toBe(first);
  });

  test('sessions that come and go do not grow the memory', () => {
    const memory = createWasmMemory(64 * MIB);
    const open = [1, 2, 3].map((size) => memory.allocate('kv', 'a cache', size * 100_000));
    const { byteLength } = memory.memory.buffer;
    for (let round = 0; round < 50; round += 1) {
      const index = round % 3;
      memory.free(open[index] as number);
      open[index] = memory.allocate('kv', 'a cache', (index + 1) * 100_000);
    }
    expect(memory.memory.buffer.byteLength).toBe(byteLength);
    for (const address of open) memory.free(address);
    expect(memory.bytes('kv')).toBe(0);
  });

  test('what was freed already, or never given, is left alone', () => {
    const memory = createWasmMemory(MIB);
    const address = memory.allocate('kv', 'a cache', 64);
    memory.free(0);
    memory.free(address);
    memory.free(address);
    expect(memory.bytes('kv')).toBe(0);
  });
});

describe('limits', () => {
  test('the budget bounds weights and caches, not activations', () => {
    const memory = createWasmMemory(1000);
    memory.allocate('scratch', 'rows', 5000);
    memory.allocate('weights', 'a matrix', 640);
    expect(codeOf(() => memory.allocate('kv', 'a cache', 385))).toBe('over-budget');
    const cache = memory.allocate('kv', 'a cache', 320);
    memory.free(cache);
    expect(memory.allocate('kv', 'a cache', 320)).toBe(cache);
  });

  test('what 32-bit addresses cannot reach is out of memory, and nothing is taken', () => {
    const memory = createWasmMemory(2 ** 40);
    expect(codeOf(() => memory.allocate('weights', 'a model', 2 ** 32))).toBe('out-of-memory');
    expect(codeOf(() => memory.allocate('weights', 'a model', 2 ** 32 - 65_536))).toBe(
      'out-of-memory',
    );
    expect(memory.bytes('weights')).toBe(0);
    expect(memory.allocate('weights', 'a matrix', 64)).toBe(65_536);
  });
});
