import { expect, test } from 'vitest';
import { NO_DIRECT_MEMORY_MS } from './limits.ts';
import { createNoDirectMemory } from './no-direct-memory.ts';

const STRANGER = 'stranger';
const [FIRST, SECOND, THIRD] = ['first', 'second', 'third'] as const;

function setUp() {
  const clock = { ms: 1_000 };
  return { clock, memory: createNoDirectMemory(() => clock.ms) };
}

test('a peer that was not reached is remembered for a while, and stands for itself alone', () => {
  const { clock, memory } = setUp();
  memory.note(FIRST, true);
  memory.note(SECOND, true);
  expect([FIRST, SECOND, STRANGER].map(memory.has)).toEqual([true, true, false]);
  clock.ms += NO_DIRECT_MEMORY_MS;
  expect(memory.has(FIRST)).toBe(false);
});

test('three in a row stand for everybody, until one is old or somebody is reached', () => {
  const { clock, memory } = setUp();
  memory.note(FIRST, true);
  clock.ms += 1_000;
  for (const peer of [SECOND, THIRD, THIRD]) memory.note(peer, true);
  expect(memory.has(STRANGER)).toBe(true);
  clock.ms += NO_DIRECT_MEMORY_MS - 1_000;
  expect(memory.has(STRANGER)).toBe(false);
  memory.note(FIRST, true);
  expect(memory.has(STRANGER)).toBe(true);
  memory.noteDirect();
  expect([FIRST, STRANGER].map(memory.has)).toEqual([true, false]);
  memory.note(FIRST, true);
  expect(memory.has(STRANGER)).toBe(false);
});

test('those who dialled here say nothing about this network', () => {
  const { memory } = setUp();
  for (const peer of [FIRST, SECOND, THIRD]) memory.note(peer, false);
  expect([THIRD, STRANGER].map(memory.has)).toEqual([true, false]);
});
