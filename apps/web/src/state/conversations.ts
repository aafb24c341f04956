import { computed, effect, type ReadonlySignal, signal, untracked } from '@preact/signals';
import { type AssistantTurn, type Conversation, createConversation } from './conversation.ts';
import { type ConversationDatabase, createMemoryDatabase } from './conversation-database.ts';
import { type ConversationKeeper, createConversationKeeper } from './conversation-keeper.ts';
import { adoptRecord, toConversation, toRecord } from './conversation-live.ts';
import { type ConversationRemoval, createConversationRemoval } from './conversation-removal.ts';
import { type AnswerHold, createConversationRuns } from './conversation-runs.ts';
import { readHandover, writeHandover } from './conversation-session.ts';
import { type ConversationRecord, updatedAtMs } from './conversation-store.ts';
import { createConversationSync } from './conversation-sync.ts';
import { type ConversationFacts, createConversationFacts } from './conversations-facts.ts';
import { CONVERSATION_TITLE_CHARS_MAX, SYSTEM_PROMPT_CHARS_MAX } from './limits.ts';

/** The conversations of this browser, and the one that is on the page. */
export interface Conversations
  extends Pick<
      ConversationKeeper,
      | 'isKnown'
      | 'trouble'
      | 'unsavedCount'
      | 'damaged'
      | 'records'
      | 'load'
      | 'forgetDamaged'
      | 'settled'
    >,
    Pick<ConversationRemoval, 'removed' | 'hold' | 'release'> {
  readonly current: ReadonlySignal<Conversation>;
  /** What this tab had open is still being read. */
  readonly isOpening: ReadonlySignal<boolean>;
  /** False in frames: there a tab has one conversation, and forgets it when another begins. */
  readonly isListed: boolean;
  /** Of the chosen tier or circle, newest first. */
  readonly list: ReadonlySignal<readonly ConversationRecord[]>;
  /** Where answers are being written, by this tab or by another one. */
  readonly here: ReadonlySignal<ReadonlySet<string>>;
  readonly elsewhere: ReadonlySignal<ReadonlySet<string>>;
  /** What they take on this device; `load` first. */
  readonly facts: ReadonlySignal<ConversationFacts>;
  /** An empty one; what was said before stays in the list. */
  begin(): void;
  open(id: string): void;
  /** Writes down what was said in it. */
  keep(conversation: Conversation): void;
  rename(id: string, title: string): void;
  changeSystemPrompt(systemPrompt: string): void;
  /** Follows an answer onto the disk. `gone`: its conversation was deleted meanwhile. */
  answerIn(conversation: Conversation, turn: AssistantTurn): AnswerHold;
  add(records: readonly ConversationRecord[]): void;
  remove(ids: readonly string[]): Promise<void>;
  undo(): void;
  /** Without a way back: the circle was left. */
  forgetScope(scope: string): Promise<void>;
  /** Of every tier and circle, without a way back. Rejects where the disk may still have some. */
  deleteAll(): Promise<void>;
  /** Before the page goes away. */
  handOver(): void;
}

export interface ConversationsDeps {
  readonly scope: ReadonlySignal<string>;
  readonly sessionStorage: Storage | undefined;
  /** Without it conversations live as long as their tab, and none is listed. */
  readonly openDatabase?: (onOutdated: () => void) => ConversationDatabase;
  readonly channel?: BroadcastChannel;
  readonly locks?: LockManager;
  readonly nowMs?: () => number;
}

export function createConversations(deps: ConversationsDeps): Conversations {
  const { scope, sessionStorage, nowMs = Date.now } = deps;
  const isListed = deps.openDatabase !== undefined;
  const isOpening = signal(false);
  const live = new Map<string, Conversation>();

  const sync = createConversationSync({
    channel: deps.channel,
    locks: deps.locks,
    onChanged: (id, revision) => void keeper.refresh(id, revision),
    onRemoved: (ids) => keeper.forget(ids),
  });
  const database = deps.openDatabase?.(() => keeper.outdate()) ?? createMemoryDatabase();
  const keeper = createConversationKeeper({
    database,
    sync,
    onRecord: (record) => adopt(record),
    onGone: (id) => letGo([id]),
  });
  const removal = createConversationRemoval(keeper);
  let scopeNow = scope.value;
  const current = signal<Conversation>(createConversation(scopeNow, nowMs()));

  const isAnswered = (id: string): boolean => sync.elsewhere.peek().has(id);
  const adopt = (record: ConversationRecord): void => {
    const conversation = live.get(record.id);
    if (conversation === undefined) return;
    const mine = runs.turnsOf(record.id);
    adoptRecord(conversation, record, { isAnswered: isAnswered(record.id), mine });
  };
  const recordOf = (conversation: Conversation): ConversationRecord | undefined =>
    toRecord(conversation, keeper.records.value.get(conversation.id)?.revision ?? 0);
  const show = (conversation: Conversation): void => {
    const { id } = current.peek();
    if (runs.turnsOf(id).size === 0) live.delete(id);
    live.set(conversation.id, conversation);
    current.value = conversation;
  };
  /** They are deleted, here or by another tab. */
  const letGo = (ids: readonly string[]): void => {
    for (const id of ids) {
      runs.abort(id);
      live.delete(id);
      if (current.peek().id === id) begin();
    }
  };
  const begin = (): void => {
    const before = current.peek();
    show(createConversation(scopeNow, nowMs()));
    writeHandover(sessionStorage, scopeNow, undefined);
    if (!isListed) {
      runs.abort(before.id);
      void keeper.remove([before.id]);
    }
  };
  const open = (id: string): void => {
    const record = keeper.records.value.get(id);
    if (record?.scope !== scopeNow || id === current.peek().id) return;
    show(live.get(id) ?? toConversation(record, isAnswered(id)));
    writeHandover(sessionStorage, scopeNow, { openId: id });
  };
  const keep = (conversation: Conversation): void => {
    const record = recordOf(conversation);
    if (record === undefined) return;
    keeper.save(record);
    if (conversation === current.peek()) {
      writeHandover(sessionStorage, scopeNow, { openId: record.id });
    }
  };
  const runs = createConversationRuns({
    keep,
    announce: (id) => (isListed ? sync.hold(id) : () => undefined),
    settled: keeper.settled,
    onIdle: (conversation) => {
      // Not the one that stands in its place since its deletion was undone.
      const isLive = live.get(conversation.id) === conversation;
      if (isLive && current.peek() !== conversation) live.delete(conversation.id);
    },
  });
  const handOver = (): void => {
    const record = recordOf(current.peek());
    if (record === undefined) return;
    keeper.save(record);
    // A frame's database is gone with the page: the next one has it from here alone.
    const kept = isListed ? record : { ...record, revision: 0 };
    writeHandover(sessionStorage, scopeNow, kept);
  };
  /** What this tab had open in a tier or circle. */
  const comeBack = (): void => {
    show(createConversation(scopeNow, nowMs()));
    const handed = readHandover(sessionStorage, scopeNow, nowMs());
    if (handed === undefined) return;
    if ('record' in handed) {
      const { record } = handed;
      show(toConversation(record, false));
      keeper.save(record);
      if (isListed) writeHandover(sessionStorage, scopeNow, { openId: record.id });
      return;
    }
    if (keeper.records.value.has(handed.openId)) {
      open(handed.openId);
      return;
    }
    const awaited = current.peek();
    isOpening.value = true;
    void load().then(() => {
      isOpening.value = false;
      if (current.peek() === awaited && awaited.state.peek().turns.length === 0) {
        open(handed.openId);
      }
    });
  };
  const load = async (): Promise<void> => {
    await sync.look();
    await keeper.load();
  };

  comeBack();
  scope.subscribe((next) => {
    if (next === scopeNow) return;
    if (isListed) keep(current.peek());
    else handOver();
    scopeNow = next;
    comeBack();
  });
  effect(() => {
    void sync.elsewhere.value;
    // Whose answer was thought to be cut off goes on elsewhere, or the other way round.
    untracked(() => {
      const record = keeper.records.value.get(current.value.id);
      if (record !== undefined) adopt(record);
    });
  });

  const list = computed(() => {
    const wanted = scope.value;
    const found = [...keeper.records.value.values()].filter((each) => each.scope === wanted);
    return found.toSorted((a, b) => updatedAtMs(b) - updatedAtMs(a));
  });
  const changeRecord = (id: string, changes: Partial<ConversationRecord>): void => {
    const changed = { ...changes, changedAtMs: nowMs() };
    const conversation = live.get(id);
    const record = keeper.records.value.get(id);
    if (conversation !== undefined) {
      conversation.state.value = { ...conversation.state.value, ...pickState(changed) };
      keep(conversation);
    } else if (record !== undefined) {
      keeper.save({ ...record, ...changed });
    }
  };

  return {
    records: keeper.records,
    isKnown: keeper.isKnown,
    trouble: keeper.trouble,
    unsavedCount: keeper.unsavedCount,
    damaged: keeper.damaged,
    forgetDamaged: keeper.forgetDamaged,
    settled: keeper.settled,
    facts: createConversationFacts(keeper.records, keeper.damaged),
    removed: removal.removed,
    hold: removal.hold,
    release: removal.release,
    current,
    isOpening,
    isListed,
    list,
    here: runs.here,
    elsewhere: sync.elsewhere,
    load,
    begin,
    open,
    keep,
    rename: (id, title) =>
      changeRecord(id, { title: title.trim().slice(0, CONVERSATION_TITLE_CHARS_MAX) }),
    changeSystemPrompt: (text) => {
      const systemPrompt = text.slice(0, SYSTEM_PROMPT_CHARS_MAX);
      changeRecord(current.peek().id, { systemPrompt });
    },
    answerIn(conversation, turn) {
      live.set(conversation.id, conversation);
      return runs.follow(conversation, turn);
    },
    add: keeper.restore,
    async remove(ids) {
      const removing = removal.remove(ids, current.peek().id);
      letGo(ids);
      await removing;
    },
    undo() {
      const openId = removal.undo();
      if (openId !== undefined) open(openId);
    },
    async forgetScope(left) {
      writeHandover(sessionStorage, left, undefined);
      await keeper.load();
      await removeForGood((record) => record.scope === left);
      if (scopeNow === left) begin();
    },
    async deleteAll() {
      await keeper.load();
      await removeForGood(() => true);
      await keeper.forgetDamaged();
      if (keeper.trouble.value !== undefined) throw new Error('The disk did not let go of them.');
    },
    handOver,
  };

  async function removeForGood(isMeant: (record: ConversationRecord) => boolean): Promise<void> {
    const ids = [...keeper.records.value.values()].filter(isMeant).map(({ id }) => id);
    const removing = keeper.remove(ids);
    removal.forget(isMeant);
    letGo(ids);
    await removing;
  }
}

function pickState({ title, systemPrompt, changedAtMs = 0 }: Partial<ConversationRecord>) {
  return {
    changedAtMs,
    ...(title !== undefined && { title }),
    ...(systemPrompt !== undefined && { systemPrompt }),
  };
}
