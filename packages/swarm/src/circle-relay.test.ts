import type { DirectoryEntry } from '@manyhands/protocol/directory';
import { describe, expect, it, vi } from 'vitest';
import type { Announcement } from './announcer.ts';
import { type Circle, deriveCircleKeys, openCircle } from './circle.ts';
import { createInvite } from './circle-invite.ts';
import { createCircleRelay } from './circle-relay.ts';
import { createIdentity, type Identity } from './identity.ts';
import type { Roster } from './roster.ts';

const ROOT = 'ab'.repeat(32);
const HOLDING = {
  kind: 'blocks',
  modelRoot: ROOT,
  firstBlock: 0,
  endBlock: 4,
  embeds: true,
  heads: true,
  msPerBlock: 1,
  positionsMax: 128,
} as const;
const ANNOUNCEMENT: Announcement = {
  holdings: [HOLDING],
  memoryBytes: 1,
  numericClass: 'toy',
  deviceKind: 'unknown',
  state: 'serving',
  sessions: 0,
  sessionsMax: 4,
};

const newCircle = async (nowMs?: () => number): Promise<Circle> =>
  openCircle(await deriveCircleKeys(createInvite('A circle', Date.now() + 60_000)), nowMs);

/** A relay that shows what it was told and says whatever a test wants it to. */
function createPuppetRelay() {
  const announced: Announcement[] = [];
  const tallies: unknown[] = [];
  const watched: { modelRoot: string; isBlinded: boolean | undefined }[] = [];
  let withdrawals = 0;
  let entries: readonly DirectoryEntry[] = [];
  let isCurrent = false;
  const listeners = new Set<() => void>();
  return {
    announced,
    tallies,
    watched,
    get withdrawals() {
      return withdrawals;
    },
    say(said: readonly DirectoryEntry[], isNow = true) {
      entries = said;
      isCurrent = isNow;
      for (const listener of listeners) listener();
    },
    relay: {
      announce(describe: () => Announcement, countServed?: () => number) {
        announced.push(describe());
        tallies.push(countServed);
      },
      withdraw: () => {
        withdrawals += 1;
      },
      watch(modelRoot: string, isBlinded?: boolean): Roster {
        watched.push({ modelRoot, isBlinded });
        return {
          modelRoot,
          get entries() {
            return entries;
          },
          coverage: { blocks: [9], embeds: 9, heads: 9, volunteers: 9 },
          get isCurrent() {
            return isCurrent;
          },
          droppedCount: 0,
          subscribe(listener) {
            listeners.add(listener);
            return () => listeners.delete(listener);
          },
          dispose: () => listeners.clear(),
        };
      },
    },
  };
}

async function entryOf(identity: Identity, circle: Circle, modelRoot: string) {
  const { peerId, publicIdentity } = identity;
  return {
    ...ANNOUNCEMENT,
    identity: publicIdentity,
    sequence: 1,
    announcedAtMs: 0,
    holdings: [{ ...HOLDING, modelRoot }],
    membership: await circle.tagEntry(peerId),
  } satisfies DirectoryEntry;
}

describe('a circle’s relay', () => {
  it('hears of blinded roots alone, with the mark of a member', async () => {
    const circle = await newCircle();
    const puppet = createPuppetRelay();
    const { peerId } = await createIdentity();
    const relay = createCircleRelay({ relay: puppet.relay, circle, peerId });
    relay.announce(
      () => ANNOUNCEMENT,
      () => 5,
    );
    relay.watch(ROOT);
    await vi.waitFor(() =>
      expect([puppet.announced.length, puppet.watched.length]).toEqual([1, 1]),
    );
    // What members serve is not told either.
    expect(puppet.tallies).toEqual([undefined]);
    const blinded = await circle.blind(ROOT);
    expect(puppet.watched).toEqual([{ modelRoot: blinded, isBlinded: true }]);
    expect(puppet.announced[0]?.holdings).toEqual([{ ...HOLDING, modelRoot: blinded }]);
    expect(JSON.stringify(puppet.announced)).not.toContain(ROOT);
    expect(await circle.provesEntry(peerId, puppet.announced[0]?.membership ?? '')).toBe(true);
  });

  it('is told nothing that was withdrawn while it was prepared, nor after the end', async () => {
    let nowMs = Date.now();
    const circle = await newCircle(() => nowMs);
    const puppet = createPuppetRelay();
    const { peerId } = await createIdentity();
    const relay = createCircleRelay({ relay: puppet.relay, circle, peerId });
    relay.announce(() => ANNOUNCEMENT);
    relay.withdraw();
    relay.announce(() => ({ ...ANNOUNCEMENT, sessions: 2 }));
    await vi.waitFor(() => expect(puppet.announced).toHaveLength(1));
    expect(puppet.announced[0]?.sessions).toBe(2);
    nowMs += 120_000;
    relay.announce(() => ANNOUNCEMENT);
    await vi.waitFor(() => expect(puppet.withdrawals).toBe(2));
    expect(puppet.announced).toHaveLength(1);
  });

  it('is believed about members only, whatever else it puts into the directory', async () => {
    const circle = await newCircle();
    const outside = await newCircle();
    const puppet = createPuppetRelay();
    const [member, planted, thief] = await Promise.all([
      createIdentity(),
      createIdentity(),
      createIdentity(),
    ]);
    const relay = createCircleRelay({ relay: puppet.relay, circle, peerId: planted.peerId });
    const roster = relay.watch(ROOT);
    await vi.waitFor(() => expect(puppet.watched).toHaveLength(1));
    const root = await circle.blind(ROOT);
    const own = await entryOf(member, circle, root);
    const { membership: _, ...unmarked } = await entryOf(planted, outside, root);
    puppet.say([
      own,
      await entryOf(planted, outside, root),
      // A member's mark, which the relay has seen, under another name.
      { ...own, identity: thief.publicIdentity },
      { ...unmarked, identity: thief.publicIdentity },
    ]);
    await vi.waitFor(() => expect(roster.isCurrent).toBe(true));
    expect(roster.entries.map(({ identity }) => identity.peerId)).toEqual([member.peerId]);
    expect(roster.entries[0]?.holdings).toEqual([HOLDING]);
    expect(roster.coverage).toBeUndefined();
  });

  it('keeps the order of what was said, so that a loss is not missed', async () => {
    const circle = await newCircle();
    const puppet = createPuppetRelay();
    const member = await createIdentity();
    const relay = createCircleRelay({ relay: puppet.relay, circle, peerId: member.peerId });
    const roster = relay.watch(ROOT);
    await vi.waitFor(() => expect(puppet.watched).toHaveLength(1));
    const own = await entryOf(member, circle, await circle.blind(ROOT));
    const seen: string[] = [];
    roster.subscribe(() => seen.push(`${roster.entries.length} ${roster.isCurrent}`));
    puppet.say([own]);
    puppet.say([own], false);
    puppet.say([]);
    await vi.waitFor(() => expect(seen.slice(-3)).toEqual(['1 true', '1 false', '0 true']));
    roster.dispose();
    puppet.say([own]);
    expect(roster.entries).toEqual([]);
  });
});
