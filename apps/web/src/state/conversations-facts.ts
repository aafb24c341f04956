import { computed, type ReadonlySignal } from '@preact/signals';
import type { ConversationRecord } from './conversation-store.ts';

/** What conversations take on this device, over all tiers and circles. */
export interface ConversationFacts {
  readonly count: number;
  readonly bytes: number;
  /** Put aside because they could not be read. */
  readonly damagedCount: number;
}

/** Counted when somebody looks; a conversation that did not change is not measured again. */
export function createConversationFacts(
  records: { readonly value: ReadonlyMap<string, ConversationRecord> },
  damaged: ReadonlySignal<readonly unknown[]>,
): ReadonlySignal<ConversationFacts> {
  const sizes = new WeakMap<object, number>();
  const sizeOf = (value: unknown): number => new Blob([JSON.stringify(value) ?? '']).size;
  const measure = (record: ConversationRecord): number => {
    const size = sizes.get(record) ?? sizeOf(record);
    sizes.set(record, size);
    return size;
  };
  return computed(() => {
    const all = [...records.value.values()];
    const bytes = all.reduce((sum, record) => sum + measure(record), 0);
    const aside = damaged.value;
    return {
      count: all.length,
      bytes: bytes + (aside.length > 0 ? sizeOf(aside) : 0),
      damagedCount: aside.length,
    };
  });
}
