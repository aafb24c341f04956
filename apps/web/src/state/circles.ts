import { deriveCircleKeys } from '@manyhands/swarm/circle';
import {
  type CircleInvite,
  createInvite,
  readInvite,
  writeInvite,
} from '@manyhands/swarm/circle-invite';
import {
  type CircleStore,
  createMemoryCircleStore,
  type StoredCircle,
} from '@manyhands/swarm/circle-store';
import { type ReadonlySignal, signal } from '@preact/signals';

/** The circles this browser is in. */
export interface Circles {
  readonly list: ReadonlySignal<readonly StoredCircle[]>;
  /** False until the browser has said what it keeps. */
  readonly isKnown: ReadonlySignal<boolean>;
  /** The browser blocks storage: circles end with this page. */
  readonly isPassing: ReadonlySignal<boolean>;
  /** Reads what is kept; again after another tab of this browser changed it. */
  refresh(): Promise<void>;
  /** Throws `SwarmError` `bad-invite` for a name that no circle can have. */
  create(name: string, lifetimeMs: number): Promise<StoredCircle>;
  /** What a link says, before anything is done with it. Rejects with `bad-invite` or `circle-expired`. */
  read(inviteText: string): Promise<CircleInvite>;
  join(invite: CircleInvite): Promise<StoredCircle>;
  /** Forgets its keys. Rejects where the browser could not: it is then still in the list. */
  leave(id: string): Promise<void>;
}

export interface CirclesDeps {
  readonly store: CircleStore;
  /** Other tabs of this browser are told after a change. */
  readonly tellOthers?: () => void;
  readonly nowMs?: () => number;
}

export function createCircles({ store, tellOthers, nowMs = Date.now }: CirclesDeps): Circles {
  const list = signal<readonly StoredCircle[]>([]);
  const isKnown = signal(false);
  const isPassing = signal(false);
  const passing = createMemoryCircleStore();

  /** With the browser's storage, or without it as long as the page lives. */
  const withStore = async <Result>(act: (chosen: CircleStore) => Promise<Result>) => {
    if (!isPassing.value) {
      try {
        return await act(store);
      } catch {
        isPassing.value = true;
      }
    }
    return act(passing);
  };
  const refresh = async (): Promise<void> => {
    list.value = await withStore((chosen) => chosen.list());
    isKnown.value = true;
  };
  const change = async (act: (chosen: CircleStore) => Promise<void>): Promise<void> => {
    await withStore(act);
    await refresh();
    tellOthers?.();
  };
  const add = async (invite: CircleInvite, more: { readonly invite?: string }) => {
    const circle = { ...(await deriveCircleKeys(invite)), name: invite.name, ...more };
    await change((chosen) => chosen.put(circle));
    return circle;
  };

  return {
    list,
    isKnown,
    isPassing,
    refresh,
    async create(name, lifetimeMs) {
      const invite = createInvite(name, nowMs() + lifetimeMs);
      return add(invite, { invite: await writeInvite(invite) });
    },
    read: (inviteText) => readInvite(inviteText, nowMs()),
    async join(invite) {
      await refresh();
      const { id } = await deriveCircleKeys(invite);
      // Whoever made the circle and opens its link keeps the invitation.
      return list.value.find((circle) => circle.id === id) ?? add(invite, {});
    },
    async leave(id) {
      // Nothing else takes the place of a deletion that failed.
      await (isPassing.value ? passing : store).remove(id);
      await refresh();
      tellOthers?.();
    },
  };
}
