import { type ReadonlySignal, signal } from '@preact/signals';
import type { ConversationKeeper } from './conversation-keeper.ts';
import type { ConversationRecord } from './conversation-store.ts';
import { UNDO_MS } from './limits.ts';

/** What was deleted a moment ago and can be had back. */
export interface Removal {
  readonly records: readonly ConversationRecord[];
  /** It was on the page. */
  readonly openId: string | undefined;
}

export interface ConversationRemoval {
  readonly removed: ReadonlySignal<Removal | undefined>;
  remove(ids: readonly string[], openId: string | undefined): Promise<void>;
  /** Returns which of them was on the page. */
  undo(): string | undefined;
  /** What is meant cannot be had back any more. */
  forget(isMeant: (record: ConversationRecord) => boolean): void;
  /** Nobody is hurried while the offer is under the pointer or has the focus. */
  hold(): void;
  release(): void;
}

/** Deletes at once, and remembers for a while in this tab what it was. */
export function createConversationRemoval(keeper: ConversationKeeper): ConversationRemoval {
  const removed = signal<Removal | undefined>(undefined);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const hold = (): void => clearTimeout(timer);
  const release = (): void => {
    hold();
    timer = setTimeout(() => {
      removed.value = undefined;
    }, UNDO_MS);
  };
  return {
    removed,
    async remove(ids, openId) {
      const records = ids.flatMap((id) => keeper.records.value.get(id) ?? []);
      if (records.length === 0) return;
      removed.value = {
        records,
        openId: openId !== undefined && ids.includes(openId) ? openId : undefined,
      };
      release();
      await keeper.remove(ids);
    },
    undo() {
      const last = removed.value;
      hold();
      removed.value = undefined;
      if (last === undefined) return undefined;
      keeper.restore(last.records);
      return last.openId;
    },
    forget(isMeant) {
      const last = removed.value;
      if (last === undefined || !last.records.some(isMeant)) return;
      const records = last.records.filter((record) => !isMeant(record));
      if (records.length === 0) hold();
      removed.value = records.length === 0 ? undefined : { ...last, records };
    },
    hold,
    release,
  };
}
