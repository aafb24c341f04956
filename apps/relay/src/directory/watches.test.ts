import { coverageOf } from '@manyhands/planner/coverage';
import { RELAY_MESSAGE_BYTES_MAX } from '@manyhands/protocol/limits';
import type { FromRelay } from '@manyhands/protocol/relay-message';
import { parseFromRelay } from '@manyhands/protocol/relay-message';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { DELTA_DELAY_MS, WHOLE_STATES_BURST } from '../limits.ts';
import { fakeEntry, fakeSigned } from '../testing/fake-entry.ts';
import { chooseSample } from './choose-sample.ts';
import { createDirectory, type Directory } from './directory.ts';
import { createWatches, type Subscriber, type Watches } from './watches.ts';

const ROOT = 'a'.repeat(64);
const OTHER = 'b'.repeat(64);
const BLOCKS = 6;

function createNetwork(random: () => number = () => 0.5) {
  const parts: { watches?: Watches } = {};
  const directory = createDirectory((change) => parts.watches?.take(change));
  const coverage = () =>
    coverageOf(
      ROOT,
      BLOCKS,
      [...directory.holdersOf(ROOT).values()].map((record) => record.entry),
    );
  const clock = { nowMs: 0 };
  const now = () => clock.nowMs;
  const watches = createWatches({ directory, coverageOf: coverage, random, now });
  parts.watches = watches;
  return { directory, watches, coverage, clock };
}

/** Follows messages the way a tab does. */
function createFollower() {
  const known = new Map<string, string>();
  const state = { isSlow: false, coverage: undefined as unknown, messages: 0 };
  let isAppending = false;
  const subscriber: Subscriber = {
    get isSlow() {
      return state.isSlow;
    },
    send(message: FromRelay) {
      const text = JSON.stringify(message);
      expect(text.length).toBeLessThanOrEqual(RELAY_MESSAGE_BYTES_MAX);
      const parsed = parseFromRelay(text);
      state.messages += 1;
      const put = (payload: string) => known.set(JSON.parse(payload).identity.peerId, payload);
      if (parsed.type === 'directory') {
        if (!isAppending) known.clear();
        isAppending = parsed.isPartial;
        for (const { payload } of parsed.entries) put(payload);
        state.coverage = parsed.coverage;
      } else if (parsed.type === 'directory-delta') {
        for (const peerId of parsed.removed) known.delete(peerId);
        for (const { payload } of parsed.changed) put(payload);
        state.coverage = parsed.coverage;
      }
    },
  };
  return { subscriber, known, state };
}

function flush(directory: Directory) {
  // A departure flushes at once.
  put(directory, 999, 0, 1, 0);
  directory.remove(fakeEntry(999, [], {}).identity.peerId);
}

function put(directory: Directory, peer: number, first: number, length: number, sessions: number) {
  const holding = {
    modelRoot: ROOT,
    firstBlock: first,
    endBlock: Math.min(BLOCKS, first + length),
  };
  const entry = fakeEntry(
    peer,
    length === 0 ? [{ ...holding, modelRoot: OTHER, endBlock: 6 }] : [holding],
    {
      sessions,
    },
  );
  directory.put(entry, fakeSigned(entry), 0);
}

const anyStep = fc.oneof(
  fc.record({
    type: fc.constant('put' as const),
    peer: fc.nat({ max: 9 }),
    first: fc.nat({ max: 4 }),
    length: fc.nat({ max: 3 }),
    sessions: fc.nat({ max: 2 }),
  }),
  fc.record({ type: fc.constant('remove' as const), peer: fc.nat({ max: 9 }) }),
  fc.record({ type: fc.constant('slow' as const), isSlow: fc.boolean() }),
  fc.record({ type: fc.constant('watch' as const), countMax: fc.integer({ min: 1, max: 12 }) }),
);

describe('properties of watches', () => {
  it('a snapshot and all deltas after it give what the directory says', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 40 }), (steps) => {
        const { directory, watches, coverage, clock } = createNetwork();
        const { subscriber, known, state } = createFollower();
        let countMax = 12;
        watches.watch(subscriber, ROOT, countMax);
        for (const step of steps) {
          if (step.type === 'put')
            put(directory, step.peer, step.first, step.length, step.sessions);
          else if (step.type === 'remove')
            directory.remove(fakeEntry(step.peer, [], {}).identity.peerId);
          else if (step.type === 'slow') state.isSlow = step.isSlow;
          else {
            countMax = step.countMax;
            watches.watch(subscriber, ROOT, countMax);
          }
        }
        flush(directory);
        state.isSlow = false;
        clock.nowMs += 60_000;
        watches.tick();
        const holders = directory.holdersOf(ROOT);
        expect(known.size).toBe(Math.min(countMax, holders.size));
        for (const [peerId, payload] of known) {
          expect(payload).toBe(holders.get(peerId)?.signed.payload);
        }
        expect(state.coverage).toEqual(coverage());
        watches.dispose();
      }),
      { numRuns: 200 },
    );
  });
});

describe('watches', () => {
  it('splits a snapshot of 256 entries into messages within the bound', () => {
    const { directory, watches } = createNetwork();
    for (let peer = 0; peer < 300; peer += 1) put(directory, peer, peer % 5, 2, 0);
    const { subscriber, known, state } = createFollower();
    watches.watch(subscriber, ROOT, 256);
    expect(known.size).toBe(256);
    expect(state.messages).toBeGreaterThan(1);
    watches.dispose();
  });

  it('tells nobody about heartbeats', () => {
    const { directory, watches } = createNetwork();
    put(directory, 1, 0, 2, 0);
    flush(directory);
    const { subscriber, state } = createFollower();
    watches.watch(subscriber, ROOT, 9);
    const entry = fakeEntry(1, [{ modelRoot: ROOT, firstBlock: 0, endBlock: 2 }], { sequence: 9 });
    directory.put(entry, fakeSigned(entry), 5);
    const another = fakeEntry(2, [{ modelRoot: OTHER, firstBlock: 0, endBlock: 2 }], {});
    directory.put(another, fakeSigned(another), 5);
    directory.remove(another.identity.peerId);
    expect(state.messages).toBe(1);
    watches.dispose();
  });

  it('tells a departure at once, and those that follow together', () => {
    vi.useFakeTimers();
    const { directory, watches } = createNetwork();
    for (let peer = 0; peer < 100; peer += 1) put(directory, peer, 0, 2, 0);
    vi.advanceTimersByTime(DELTA_DELAY_MS);
    const { subscriber, known, state } = createFollower();
    watches.watch(subscriber, ROOT, 100);
    const before = state.messages;
    directory.remove(fakeEntry(0, [], {}).identity.peerId);
    expect(known.size).toBe(99);
    for (let peer = 1; peer < 90; peer += 1) {
      directory.remove(fakeEntry(peer, [], {}).identity.peerId);
    }
    expect(state.messages).toBe(before + 1);
    vi.advanceTimersByTime(DELTA_DELAY_MS);
    expect(known.size).toBe(10);
    expect(state.messages).toBe(before + 2);
    directory.remove(fakeEntry(90, [], {}).identity.peerId);
    expect(known.size).toBe(9);
    watches.dispose();
    vi.useRealTimers();
  });

  it('sends whole states no faster than they may go out, and the last one that was asked for', () => {
    const { directory, watches, clock } = createNetwork();
    for (let peer = 0; peer < 5; peer += 1) put(directory, peer, 0, 2, 0);
    const { subscriber, known, state } = createFollower();
    for (let i = 0; i < 100; i += 1) watches.watch(subscriber, ROOT, 1 + (i % 5));
    watches.tick();
    expect(state.messages).toBe(WHOLE_STATES_BURST);
    clock.nowMs += 1_000;
    for (let i = 0; i < 9; i += 1) watches.tick();
    expect(state.messages).toBe(WHOLE_STATES_BURST + 1);
    expect(known.size).toBe(5);
    watches.dispose();
  });

  it('drops what a slow reader misses and sends it whole later', () => {
    const { directory, watches } = createNetwork();
    const { subscriber, known, state } = createFollower();
    watches.watch(subscriber, ROOT, 9);
    state.isSlow = true;
    for (let peer = 0; peer < 3; peer += 1) put(directory, peer, 0, 2, 0);
    flush(directory);
    watches.tick();
    expect(state.messages).toBe(1);
    state.isSlow = false;
    watches.tick();
    expect(known.size).toBe(3);
    expect(state.messages).toBe(2);
    watches.dispose();
  });
});

describe('chooseSample', () => {
  it('shows a rare block even in a small sample of a large network', () => {
    const { directory, watches } = createNetwork();
    for (let peer = 0; peer < 400; peer += 1) put(directory, peer, 0, 2, 0);
    for (const [peer, first] of [
      [500, 2],
      [501, 4],
    ] as const)
      put(directory, peer, first, 2, 0);
    const holders = directory.holdersOf(ROOT);
    const sample = chooseSample({
      holders,
      modelRoot: ROOT,
      countMax: 16,
      keep: new Set(),
      random: Math.random,
    });
    expect(sample.size).toBe(16);
    for (const peer of [500, 501]) {
      expect(sample).toContain(fakeEntry(peer, [], {}).identity.peerId);
    }
    watches.dispose();
  });
});
