import type { DirectoryEntry } from '@manyhands/protocol/directory';
import { describe, expect, it } from 'vitest';
import { coverageOf } from './coverage.ts';
import { embeddingOf, entryOf, holdingOf, MODEL, peerIdOf } from './directory-fixture.ts';
import { chooseChain } from './routing.ts';
import { chooseEmbedder, type EmbedderRequest } from './whole-model.ts';

const choose = (entries: readonly DirectoryEntry[], more: Partial<EmbedderRequest> = {}) =>
  chooseEmbedder({ modelRoot: MODEL, entries, requesterPeerId: peerIdOf(999), ...more });
const holder = (index: number, msPerText: number, more: Partial<DirectoryEntry> = {}) =>
  entryOf(index, [embeddingOf({ msPerText })], more);

describe('chooseEmbedder', () => {
  it('takes who answers soonest, counting who waits there already', () => {
    expect(choose([holder(1, 9), holder(2, 5)])).toMatchObject({ peerId: peerIdOf(2) });
    const busy = [holder(1, 9), holder(2, 5, { sessions: 1 })];
    expect(choose(busy)).toMatchObject({ peerId: peerIdOf(1) });
  });

  it('prefers its own tab where that saves a hop', () => {
    const entries = [holder(1, 5), holder(2, 20)];
    const choice = choose(entries, { requesterPeerId: peerIdOf(2) });
    expect(choice).toMatchObject({ peerId: peerIdOf(2), predictedMs: 20 });
  });

  it('leaves out who drains, loads, is full, failed before, or holds something else', () => {
    const entries = [
      holder(1, 1, { state: 'drains' }),
      holder(2, 1, { state: 'loading' }),
      holder(3, 1, { sessions: 4 }),
      holder(4, 1),
      entryOf(5, [embeddingOf({ modelRoot: 'b'.repeat(64) })]),
      entryOf(6, [holdingOf(0, 6, { heads: true })]),
    ];
    const choice = choose(entries, { exclude: new Set([peerIdOf(4)]) });
    expect(choice).toMatchObject({ kind: 'none', code: 'no-volunteers' });
    expect(choice.kind === 'none' && choice.message).toContain('busy');
    expect(choose([])).toMatchObject({ message: expect.stringContaining('Nobody holds') });
    const exclude = new Set([peerIdOf(4)]);
    expect(choose([...entries, holder(7, 99)], { exclude })).toMatchObject({ peerId: peerIdOf(7) });
  });

  it('shares work among equals', () => {
    const entries = [holder(1, 5), holder(2, 5), holder(3, 5)];
    const chosen = new Set<string>();
    for (let draw = 0; draw < 64; draw += 1) {
      const choice = choose(entries, { random: () => ((draw * 37) % 64) / 64 });
      if (choice.kind === 'volunteer') chosen.add(choice.peerId);
    }
    expect(chosen.size).toBe(3);
    expect(choose(entries)).toMatchObject({ peerId: peerIdOf(1) });
  });

  it('keeps kinds of jobs apart: a whole model forms no chain, and counts as one volunteer', () => {
    const entries = [holder(1, 5), holder(2, 5)];
    const chain = chooseChain({
      modelRoot: MODEL,
      blockCount: 6,
      entries,
      stagesMin: 1,
      positionsNeeded: 1,
      requesterPeerId: peerIdOf(999),
    });
    expect(chain.kind).toBe('none');
    expect(coverageOf(MODEL, 0, entries)).toEqual({
      blocks: [],
      embeds: 0,
      heads: 0,
      volunteers: 2,
    });
  });
});
