import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import * as v from 'valibot';
import type { Circles } from './circles.ts';
import { exportDamaged, exportJson, exportMarkdown, type TextFile } from './conversation-export.ts';
import { type ImportReport, readImport } from './conversation-import.ts';
import { type SearchHit, searchConversations } from './conversation-search.ts';
import type { ConversationRecord } from './conversation-store.ts';
import { type DayGroup, groupByDay } from './conversation-view.ts';
import type { Conversations } from './conversations.ts';
import { HISTORY_PAGE } from './limits.ts';
import { readStored, writeStored } from './stored.ts';

/** What is looked at in the list of conversations. */
export interface History {
  /** Beside the chat on a wide screen; the person's choice. */
  readonly isDocked: ReadonlySignal<boolean>;
  /** Over the chat on a narrow one. */
  readonly isDrawerOpen: Signal<boolean>;
  readonly query: Signal<string>;
  /** Undefined while nothing is looked for. */
  readonly hits: ReadonlySignal<readonly SearchHit[] | undefined>;
  readonly groups: ReadonlySignal<readonly DayGroup[]>;
  /** Not shown yet. */
  readonly moreCount: ReadonlySignal<number>;
  readonly renamingId: Signal<string | undefined>;
  /** Whose actions are shown. */
  readonly expandedId: Signal<string | undefined>;
  readonly isConfirming: Signal<boolean>;
  readonly report: Signal<ImportReport | undefined>;
  toggleDock(): void;
  showMore(): void;
  /** One conversation with all its branches. */
  fileOf(id: string, format: 'json' | 'markdown'): TextFile | undefined;
  /** What is listed. */
  fileOfList(): TextFile;
  /** Of every tier and circle. */
  fileOfAll(): TextFile;
  fileOfDamaged(): TextFile;
  read(file: File): Promise<void>;
  removeListed(): Promise<void>;
}

const KEY = 'manyhands.history-docked';

export function createHistory(deps: {
  readonly conversations: Conversations;
  readonly circles: Pick<Circles, 'list'>;
  readonly scope: ReadonlySignal<string>;
  readonly localStorage: Storage | undefined;
  readonly nowMs?: () => number;
}): History {
  const { conversations, circles, scope, localStorage, nowMs = Date.now } = deps;
  const isDocked = signal(readStored(localStorage, KEY, v.boolean()) ?? true);
  const query = signal('');
  const shownCount = signal(HISTORY_PAGE);
  const expandedId = signal<string | undefined>(undefined);
  const renamingId = signal<string | undefined>(undefined);
  const isConfirming = signal(false);
  const report = signal<ImportReport | undefined>(undefined);
  const all = computed(() => [...conversations.records.value.values()]);
  const found = computed(() => {
    const isSearch = query.value.trim() !== '';
    return isSearch ? searchConversations(conversations.list.value, query.value) : undefined;
  });
  scope.subscribe(() => {
    // What is half done in one tier is not done in another.
    query.value = '';
    shownCount.value = HISTORY_PAGE;
    expandedId.value = undefined;
    renamingId.value = undefined;
    isConfirming.value = false;
  });
  const json = (records: readonly ConversationRecord[]): TextFile => exportJson(records, nowMs());

  return {
    isDocked,
    isDrawerOpen: signal(false),
    query,
    hits: computed(() => found.value?.slice(0, shownCount.value)),
    groups: computed(() => {
      const shown = conversations.list.value.slice(0, shownCount.value);
      return groupByDay(shown, nowMs());
    }),
    moreCount: computed(() => {
      const { length } = found.value ?? conversations.list.value;
      return Math.max(0, length - shownCount.value);
    }),
    renamingId,
    expandedId,
    isConfirming,
    report,
    toggleDock() {
      isDocked.value = !isDocked.value;
      writeStored(localStorage, KEY, isDocked.value);
    },
    showMore: () => {
      shownCount.value += HISTORY_PAGE;
    },
    fileOf(id, format) {
      const record = conversations.records.value.get(id);
      if (record === undefined) return undefined;
      return format === 'json' ? json([record]) : exportMarkdown(record, nowMs());
    },
    fileOfList: () => json(conversations.list.value),
    fileOfAll: () => json(all.value),
    fileOfDamaged: () => exportDamaged(conversations.damaged.value, nowMs()),
    async read(file) {
      await conversations.load();
      const plan = await readImport(file, {
        kept: conversations.records.value,
        circleIds: new Set(circles.list.value.map(({ id }) => id)),
        scope: scope.value,
      });
      conversations.add(plan.records);
      report.value = plan.report;
    },
    async removeListed() {
      isConfirming.value = false;
      await conversations.remove(conversations.list.value.map(({ id }) => id));
    },
  };
}
