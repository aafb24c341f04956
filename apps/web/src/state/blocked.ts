import { identityOf } from '@manyhands/protocol/id';
import { type ReadonlySignal, signal } from '@preact/signals';
import * as v from 'valibot';
import { BLOCKED_MAX } from './limits.ts';
import { readStored, writeStored } from './stored.ts';

const BlockedVolunteer = v.strictObject({
  /** All tabs of one browser profile have it. */
  identity: v.pipe(v.string(), v.regex(/^[\w-]{1,64}$/)),
  atMs: v.pipe(v.number(), v.minValue(0)),
});
const StoredList = v.pipe(v.array(BlockedVolunteer), v.maxLength(BLOCKED_MAX));
export type BlockedVolunteer = v.InferOutput<typeof BlockedVolunteer>;

export const BLOCKED_KEY = 'manyhands.blocked-volunteers';

/** Volunteers that compute nothing for this person. Kept in this browser, told to nobody. */
export interface Blocked {
  /** The latest first; of more than there is room for, the oldest are forgotten. */
  readonly list: ReadonlySignal<readonly BlockedVolunteer[]>;
  has(peerId: string): boolean;
  block(peerIds: readonly string[]): void;
  unblock(identity: string): void;
  /** Another tab of this browser may have changed it. */
  refresh(): void;
}

export function createBlocked(
  storage: Storage | undefined,
  nowMs: () => number = Date.now,
): Blocked {
  const read = (): readonly BlockedVolunteer[] =>
    readStored(storage, BLOCKED_KEY, StoredList) ?? [];
  const list = signal(read());
  /** Else it stands in this tab alone: nothing is stored here, or there was no room. */
  let isKept = storage !== undefined;
  const change = (edit: (before: readonly BlockedVolunteer[]) => BlockedVolunteer[]): void => {
    // Other tabs write it too.
    list.value = edit(isKept ? read() : list.value);
    isKept = writeStored(storage, BLOCKED_KEY, list.value.length === 0 ? undefined : list.value);
  };
  return {
    list,
    has: (peerId) => list.value.some(({ identity }) => identity === identityOf(peerId)),
    block(peerIds) {
      const added = [...new Set(peerIds.map((peerId) => identityOf(peerId)))];
      change((before) => {
        const others = before.filter(({ identity }) => !added.includes(identity));
        const news = added.map((identity) => ({ identity, atMs: nowMs() }));
        return [...news, ...others].slice(0, BLOCKED_MAX);
      });
    },
    unblock: (blocked) => change((before) => before.filter(({ identity }) => identity !== blocked)),
    refresh: () => {
      if (isKept) list.value = read();
    },
  };
}
