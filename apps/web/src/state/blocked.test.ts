import { describe, expect, it } from 'vitest';
import { createMemoryStorage } from '../testing/memory-storage.ts';
import { createBlocked } from './blocked.ts';
import { BLOCKED_MAX } from './limits.ts';

/** A name as long as an identity, and a tab of it. */
const identity = (name: string): string => name.padEnd(22, '_');
const tabOf = (name: string, tab = 'tab'): string => `${identity(name)}.${tab}`;

describe('blocked volunteers', () => {
  it('are identities, whichever of their tabs computed', () => {
    const blocked = createBlocked(undefined, () => 1);
    blocked.block([tabOf('anna', 'tab1'), tabOf('anna', 'tab2'), tabOf('bert', 'tab1')]);
    expect(blocked.list.value).toEqual([
      { identity: identity('anna'), atMs: 1 },
      { identity: identity('bert'), atMs: 1 },
    ]);
    expect([blocked.has(tabOf('anna', 'tab9')), blocked.has(tabOf('carl', 'tab1'))]).toEqual([
      true,
      false,
    ]);
    blocked.unblock(identity('anna'));
    expect(blocked.has(tabOf('anna', 'tab1'))).toBe(false);
  });

  it('are shared by the tabs of a browser, and come back after a reload', () => {
    const storage = createMemoryStorage();
    const here = createBlocked(storage);
    const there = createBlocked(storage);
    here.block([tabOf('anna', 'a')]);
    there.block([tabOf('bert', 'b')]);
    here.refresh();
    expect(here.list.value.map((one) => one.identity)).toEqual([
      identity('bert'),
      identity('anna'),
    ]);
    expect(createBlocked(storage).list.value).toEqual(here.list.value);
  });

  it('all count in a tab whose browser has no room for them', () => {
    const blocked = createBlocked(createMemoryStorage({ isFull: true }));
    blocked.block([tabOf('anna')]);
    blocked.block([tabOf('bert')]);
    blocked.refresh();
    expect([blocked.has(tabOf('anna')), blocked.has(tabOf('bert'))]).toEqual([true, true]);
  });

  it('are at most so many: the oldest are forgotten', () => {
    const blocked = createBlocked(createMemoryStorage());
    for (let index = 0; index <= BLOCKED_MAX; index += 1) blocked.block([tabOf(`peer${index}`)]);
    expect(blocked.list.value).toHaveLength(BLOCKED_MAX);
    expect(blocked.has(tabOf('peer0'))).toBe(false);
  });
});
