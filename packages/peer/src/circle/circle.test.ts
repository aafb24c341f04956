import type { CatalogView, CatalogViewEntry } from '@manyhands/model/catalog';
import type { DirectoryEntry } from '@manyhands/protocol/directory';
import { deriveCircleKeys, openCircle } from '@manyhands/swarm/circle';
import { createInvite } from '@manyhands/swarm/circle-invite';
import { createIdentity } from '@manyhands/swarm/identity';
import { createMemoryHub, createMemoryTransport } from '@manyhands/swarm/memory-transport';
import type { RelayGroup } from '@manyhands/swarm/relay-group';
import type { Roster } from '@manyhands/swarm/roster';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createCircleNetwork } from './circle-network.ts';
import { joinCircle } from './join-circle.ts';
import { proposePlacement } from './propose-placement.ts';

const ROOT = 'a'.repeat(64);
const OTHER = 'b'.repeat(64);
const EMBEDDER = 'c'.repeat(64);
const BLOCKS = 8;

const entryOf = (modelRoot: string, more: Partial<CatalogViewEntry> = {}) =>
  ({ name: 'Pip', status: 'ready', modelRoot, blockCount: BLOCKS, ...more }) as CatalogViewEntry;
const catalogOf = (...entries: CatalogViewEntry[]) => ({
  read: async () => ({ version: 1, entries }) as CatalogView,
});
const readSizes = async () => ({
  blockCount: BLOCKS,
  blockBytes: new Array<number>(BLOCKS).fill(100),
  embedBytes: 10,
  headBytes: 10,
  isHeadTied: false,
});
/** As after the circle's roster took what members marked. */
const memberOf = (peerId: string, modelRoot: string, more: Partial<DirectoryEntry> = {}) =>
  ({
    identity: { peerId },
    holdings: [
      {
        kind: 'blocks',
        modelRoot,
        firstBlock: 0,
        endBlock: 4,
        embeds: true,
        heads: false,
        msPerBlock: 1,
        positionsMax: 128,
      },
    ],
    numericClass: 'toy',
    deviceKind: 'desktop',
    state: 'serving',
    sessions: 1,
    ...more,
  }) as DirectoryEntry;

function createRosters(entries: Readonly<Record<string, readonly DirectoryEntry[]>>) {
  const listeners = new Map<string, () => void>();
  const watched: string[] = [];
  let disposals = 0;
  const watch = (modelRoot: string): Roster => {
    watched.push(modelRoot);
    return {
      modelRoot,
      get entries() {
        return entries[modelRoot] ?? [];
      },
      coverage: undefined,
      isCurrent: true,
      droppedCount: 0,
      subscribe(listener) {
        listeners.set(modelRoot, listener);
        return () => listeners.delete(modelRoot);
      },
      dispose: () => {
        disposals += 1;
      },
    };
  };
  const tell = () => {
    for (const listener of listeners.values()) listener();
  };
  return { watch, watched, tell, disposals: () => disposals };
}

describe('a placement in a circle', () => {
  const propose = (entries: readonly DirectoryEntry[], more: object = {}) =>
    proposePlacement({
      watch: createRosters({ [ROOT]: entries }).watch,
      catalog: catalogOf(entryOf(ROOT), entryOf(EMBEDDER, { embedding: {} as never })),
      readSizes,
      peerId: 'me',
      memoryBytes: 420,
      ...more,
    });

  it('is what members do not hold yet', async () => {
    const { proposal } = await propose([memberOf('x', ROOT)]);
    expect(proposal).toMatchObject({ modelRoot: ROOT, firstBlock: 4, endBlock: 8, heads: true });
    // Whoever leaves, and this tab itself, hold nothing.
    const leaving = memberOf('x', ROOT, { state: 'drains' });
    const own = memberOf('me', ROOT);
    const unheld = await propose([]);
    expect(unheld.proposal).not.toEqual(proposal);
    for (const ignored of [leaving, own]) {
      expect((await propose([ignored])).proposal).toEqual(unheld.proposal);
    }
  });

  it('is of the class that this tab was measured in', async () => {
    const held = [
      memberOf('x', ROOT),
      memberOf('y', ROOT, { numericClass: 'other', sessions: 0 }),
      memberOf('z', ROOT, { numericClass: 'other', sessions: 0 }),
    ];
    const measured = { modelRoot: ROOT, msPerBlock: 1, numericClass: 'third' };
    // Chains are of one class: what others hold does not complete this tab's.
    const own = await propose(held, { measured });
    expect(own.proposal).not.toEqual((await propose(held)).proposal);
    const unknown = { ...measured, modelRoot: OTHER };
    expect((await propose(held, { measured: unknown })).proposal).toEqual(
      (await propose(held)).proposal,
    );
  });

  it('is the whole model where it fits, a model that runs whole when asked, and else a reason', async () => {
    expect((await propose([], { memoryBytes: 10_000 })).proposal).toMatchObject({
      firstBlock: 0,
      endBlock: 8,
    });
    expect((await propose([], { modelRoot: EMBEDDER })).proposal).toEqual({
      kind: 'embedding',
      modelRoot: EMBEDDER,
    });
    expect(await propose([], { memoryBytes: 5 })).toMatchObject({ proposal: null });
    await expect(propose([], { modelRoot: OTHER })).rejects.toMatchObject({
      code: 'model-not-ready',
    });
  });
});

describe('in a circle', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
  const host = {
    setTimer(callback: () => void, delayMs: number) {
      const timer = setTimeout(callback, delayMs);
      return () => clearTimeout(timer);
    },
  };
  const transport = { peerId: 'me', links: new Map([['linked', {} as never]]) };

  it('coverage and who is here are counted from members’ entries alone', async () => {
    const embedding = {} as never;
    const many = Array.from({ length: 9 }, (_, index) => entryOf(`${index}`.repeat(64)));
    const catalog = catalogOf(entryOf(ROOT), entryOf(EMBEDDER, { embedding }), ...many);
    const rosters = createRosters({ [ROOT]: [memberOf('x', ROOT), memberOf('linked', ROOT)] });
    const network = createCircleNetwork({ watch: rosters.watch, catalog, transport, host });
    const views: Parameters<Parameters<typeof network.watch>[0]>[0][] = [];
    network.watch((view) => views.push(view));
    await vi.advanceTimersByTimeAsync(1_000);
    const view = views.at(-1);
    expect(view?.peers).toBe(3);
    expect(view?.models[0]).toEqual({
      kind: 'blocks',
      modelRoot: ROOT,
      coverage: { blocks: [2, 2, 2, 2, 0, 0, 0, 0], embeds: 2, heads: 0, volunteers: 2 },
      kinds: { 'desktop/toy': 2 },
      sessions: 2,
    });
    expect(view?.models[1]?.kind).toBe('embedding');
    // Two of a tab's watches are left for what it asks besides.
    expect(rosters.watched).toHaveLength(6);
    const before = views.length;
    for (let index = 0; index < 50; index += 1) rosters.tell();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(views.length).toBe(before + 1);
    network.dispose();
    expect(rosters.disposals()).toBe(6);
  });

  it('nothing goes on after its end', async () => {
    vi.useRealTimers();
    const keys = await deriveCircleKeys(createInvite('A circle', Date.now() + 90_000));
    const { publicIdentity: identity } = await createIdentity();
    vi.useFakeTimers();
    const said: string[] = [];
    const group = {
      announce: () => said.push('announce'),
      withdraw: () => said.push('withdraw'),
      watch: createRosters({}).watch,
      report: () => said.push('report'),
      dispose: () => said.push('dispose'),
    } as unknown as RelayGroup;
    const relay = joinCircle({
      group,
      circle: openCircle(keys),
      transport: createMemoryTransport(createMemoryHub(), { identity }),
      catalog: { ...catalogOf(), locate: () => Promise.reject(new Error('none')) },
      host,
      onExpired: () => said.push('expired'),
    });
    // The relay is to learn neither the model nor whom a member met.
    const report = { reason: 'wrong', modelRoot: ROOT, peerIds: [] } as const;
    expect(await relay.report(report)).toBe('unsupported');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(said).toEqual([]);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(said).toEqual(['withdraw', 'expired']);
    relay.dispose();
    expect(said.at(-1)).toBe('dispose');
  });
});
