import 'fake-indexeddb/auto';
import { signal } from '@preact/signals';
import { openDB } from 'idb';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { conversationRecord } from '../testing/conversation-record.ts';
import { createMemoryStorage } from '../testing/memory-storage.ts';
import { NEW_ANSWER } from './answer-view.ts';
import type { AssistantTurn } from './conversation.ts';
import { createConversationDatabase, createMemoryDatabase } from './conversation-database.ts';
import { type Conversations, createConversations } from './conversations.ts';
import { BRANCH_TURNS_MAX, SAVE_RETRY_INTERVAL_MS } from './limits.ts';

let databases = 0;
const channels: BroadcastChannel[] = [];
afterEach(() => {
  vi.useRealTimers();
  for (const channel of channels.splice(0)) channel.close();
});

/** Tabs of one browser, over one database. */
async function openTabs(count: number, sessionStorage?: Storage): Promise<Conversations[]> {
  databases += 1;
  const name = `conversations-${databases}`;
  const tabs = Array.from({ length: count }, () => {
    const channel = new BroadcastChannel(name);
    channels.push(channel);
    return createConversations({
      scope: signal('public'),
      sessionStorage,
      openDatabase: () => createConversationDatabase(name),
      channel,
    });
  });
  await Promise.all(tabs.map((tab) => tab.load()));
  return tabs;
}

const titles = (tab: Conversations) => tab.list.value.map(({ title }) => title);
const A = conversationRecord('a', { title: 'A' });
const B = conversationRecord('b', {
  title: 'B',
  turns: [{ role: 'user', id: 'b-q', atMs: 9_000, text: 'B?' }],
  leafId: 'b-q',
});

function append(tab: Conversations, id: string, parentId: string, text = 'x'): void {
  const { state } = tab.current.value;
  const turn = { role: 'user' as const, id, parentId, atMs: 5_000, text };
  state.value = { ...state.value, turns: [...state.value.turns, turn], leafId: id };
  tab.keep(tab.current.value);
}

describe('conversations', () => {
  it('are on disk after they were kept, newest first, and change in every tab', async () => {
    const [one, two] = (await openTabs(2)) as [Conversations, Conversations];
    one.add([A, B]);
    await vi.waitFor(() => expect(titles(two)).toEqual(['B', 'A']));
    two.rename(A.id, ' First ');
    await vi.waitFor(() => expect(titles(one)).toEqual(['B', 'First']));
    await two.remove([A.id]);
    await vi.waitFor(() => expect(titles(one)).toEqual(['B']));
    two.undo();
    await vi.waitFor(() => expect(titles(one)).toEqual(['B', 'First']));
    expect(one.facts.value).toMatchObject({ count: 2, damagedCount: 0 });
    expect(one.facts.value.bytes).toBeGreaterThan(200);
    await one.deleteAll();
    await vi.waitFor(() => expect(two.list.value).toEqual([]));
  });

  it('that two tabs go on with at once get a branch of each, and lose nothing', async () => {
    const [one, two] = (await openTabs(2)) as [Conversations, Conversations];
    one.add([A]);
    await vi.waitFor(() => expect(two.list.value).toHaveLength(1));
    one.open(A.id);
    two.open(A.id);
    append(one, 'from-one', 'a-a');
    append(two, 'from-two', 'a-a');
    for (const tab of [one, two]) {
      await vi.waitFor(() => {
        const ids = tab.current.value.state.value.turns.map(({ id }) => id);
        expect(ids).toEqual(['a-q', 'a-a', 'from-one', 'from-two']);
      });
    }
    // Each stays where its person was.
    expect(one.current.value.state.value.leafId).toBe('from-one');
    expect(two.current.value.state.value.leafId).toBe('from-two');
  });

  it('are read along while another tab answers, and marked when it dies', async () => {
    const [one, two] = (await openTabs(2)) as [Conversations, Conversations];
    one.add([A]);
    await vi.waitFor(() => expect(two.list.value).toHaveLength(1));
    one.open(A.id);
    two.open(A.id);
    append(one, 'q2', 'a-a');
    const turn: AssistantTurn = {
      role: 'assistant',
      id: 'a2',
      parentId: 'q2',
      atMs: 6_000,
      modelName: 'Pip',
      answer: signal({ ...NEW_ANSWER, phase: 'writing', text: 'Hal' }),
    };
    const { state } = one.current.value;
    state.value = { ...state.value, turns: [...state.value.turns, turn], leafId: 'a2' };
    const hold = one.answerIn(one.current.value, turn);
    const seen = () => {
      const last = two.current.value.state.value.turns.at(-1);
      return last?.role === 'assistant' ? last : undefined;
    };
    await vi.waitFor(() => expect(two.elsewhere.value.has(A.id)).toBe(true));
    await vi.waitFor(() => expect(seen()?.answer.value).toMatchObject({ text: 'Hal' }));
    await vi.waitFor(() => expect(seen()?.isInterrupted).toBeUndefined());
    expect(two.current.value.state.value.leafId).toBe('a2');
    expect(seen()?.answer.value.phase).toBe('writing');
    turn.answer.value = {
      ...turn.answer.value,
      phase: 'done',
      text: 'Hallo',
      finishReason: 'stop',
    };
    hold.end();
    await vi.waitFor(() => expect(seen()?.answer.value).toMatchObject({ text: 'Hallo' }));
    await vi.waitFor(() => expect(two.elsewhere.value.size).toBe(0));
    expect(seen()?.isInterrupted).toBeUndefined();
  });

  it('stop being answered when they are deleted in another tab', async () => {
    const [one, two] = (await openTabs(2)) as [Conversations, Conversations];
    one.add([A]);
    one.open(A.id);
    await vi.waitFor(() => expect(two.list.value).toHaveLength(1));
    const turn = one.current.value.state.value.turns[1];
    if (turn?.role !== 'assistant') throw new Error('There is no answer.');
    const hold = one.answerIn(one.current.value, turn);
    await one.settled();
    await two.remove([A.id]);
    await vi.waitFor(() => expect(hold.gone.aborted).toBe(true));
    hold.end();
    await one.settled();
    expect(one.list.value).toEqual([]);
    expect(one.current.value.state.value.turns).toEqual([]);
  });

  it('come back out of a file after they were deleted', async () => {
    const [one, two] = (await openTabs(2)) as [Conversations, Conversations];
    one.add([A]);
    await vi.waitFor(() => expect(titles(two)).toEqual(['A']));
    await one.remove([A.id]);
    await vi.waitFor(() => expect(titles(two)).toEqual([]));
    one.add([A]);
    expect(titles(one)).toEqual(['A']);
    await vi.waitFor(() => expect(titles(two)).toEqual(['A']));
  });

  it('stay on disk where a deletion is undone while a write was under way', async () => {
    const memory = createMemoryDatabase();
    let goOn = (): void => undefined;
    const tab = createConversations({
      scope: signal('public'),
      sessionStorage: undefined,
      openDatabase: () => ({
        ...memory,
        async change(...change) {
          await new Promise<void>((resolve) => {
            goOn = resolve;
          });
          return memory.change(...change);
        },
      }),
    });
    await tab.load();
    tab.add([A]);
    const removing = tab.remove([A.id]);
    tab.undo();
    const finishing = setInterval(() => goOn());
    await removing;
    await tab.settled();
    clearInterval(finishing);
    expect(titles(tab)).toEqual(['A']);
    expect(await memory.read(A.id)).toMatchObject({ title: 'A' });
  });

  it('of which two tabs wrote more than either could is kept whole', async () => {
    const [one, two] = (await openTabs(2)) as [Conversations, Conversations];
    const questions = (name: string) =>
      Array.from({ length: BRANCH_TURNS_MAX - A.turns.length }, (_, index) => {
        const id = `${name}-${index}`;
        return { role: 'user' as const, id, parentId: 'a-a', atMs: 5_000, text: id };
      });
    one.add([{ ...A, turns: [...A.turns, ...questions('one')] }]);
    await vi.waitFor(() => expect(titles(two)).toEqual(['A']));
    two.add([{ ...A, turns: [...A.turns, ...questions('two')] }]);
    const merged = 2 * BRANCH_TURNS_MAX - A.turns.length;
    await vi.waitFor(() => expect(one.records.value.get(A.id)?.turns).toHaveLength(merged));
    one.rename(A.id, 'Long');
    await vi.waitFor(() => expect(titles(two)).toEqual(['Long']));
    await one.settled();
    expect(titles(one)).toEqual(['Long']);
    expect(one.damaged.value).toEqual([]);
  });

  it('whose answer ends after its deletion was undone stay the ones on the page', async () => {
    const [tab] = (await openTabs(1)) as [Conversations];
    tab.add([A]);
    tab.open(A.id);
    const turn = tab.current.value.state.value.turns[1];
    if (turn?.role !== 'assistant') throw new Error('There is no answer.');
    const hold = tab.answerIn(tab.current.value, turn);
    const removing = tab.remove([A.id]);
    tab.undo();
    hold.end();
    await removing;
    tab.rename(A.id, 'Kept');
    expect(tab.current.value.id).toBe(A.id);
    expect(tab.current.value.state.value.title).toBe('Kept');
  });

  it('that went without a way back are not offered again', async () => {
    const [tab] = (await openTabs(1)) as [Conversations];
    tab.add([A, B]);
    await tab.remove([A.id]);
    await tab.forgetScope(`circle:${'c'.repeat(22)}`);
    expect(tab.removed.value?.records).toHaveLength(1);
    await tab.deleteAll();
    expect(tab.removed.value).toBeUndefined();
    tab.undo();
    expect(titles(tab)).toEqual([]);
  });

  it('that cannot be read are put aside as they are, and a later form is left alone', async () => {
    databases += 1;
    const name = `conversations-${databases}`;
    const database = createConversationDatabase(name);
    await database.change(A.id, () => A);
    const raw = await openDB(name, 1);
    await raw.put('conversations', { ...B, turns: 'lost' }, B.id);
    await raw.put('conversations', { version: 2 }, 'later'.padEnd(22, '0'));
    const tab = createConversations({
      scope: signal('public'),
      sessionStorage: undefined,
      openDatabase: () => database,
    });
    await tab.load();
    expect(titles(tab)).toEqual(['A']);
    expect(tab.damaged.value).toMatchObject([{ value: { title: 'B', turns: 'lost' } }]);
    expect(tab.damaged.value[0]?.why).toContain('turns');
    expect(await raw.getAllKeys('conversations')).toHaveLength(2);
    await tab.forgetDamaged();
    expect(await raw.count('damaged')).toBe(0);
    raw.close();
  });
});

describe('a full disk', () => {
  it('is told, costs nothing while the tab lives, and is tried again', async () => {
    const memory = createMemoryDatabase();
    let isFull = true;
    const tab = createConversations({
      scope: signal('public'),
      sessionStorage: createMemoryStorage(),
      openDatabase: () => ({
        ...memory,
        change: (...change) =>
          isFull
            ? Promise.reject(new DOMException('Full.', 'QuotaExceededError'))
            : memory.change(...change),
      }),
    });
    await tab.load();
    vi.useFakeTimers();
    tab.add([A, B]);
    await tab.settled();
    expect(tab.trouble.value).toBe('full');
    expect(tab.unsavedCount.value).toBe(2);
    expect(titles(tab)).toEqual(['B', 'A']);
    tab.open(A.id);
    append(tab, 'q2', 'a-a');
    isFull = false;
    await vi.advanceTimersByTimeAsync(SAVE_RETRY_INTERVAL_MS);
    expect(tab.trouble.value).toBeUndefined();
    expect(tab.unsavedCount.value).toBe(0);
    expect((await memory.read(A.id))?.turns).toHaveLength(3);
  });

  it('keeps what was deleted until it can be deleted, and does not claim otherwise', async () => {
    const memory = createMemoryDatabase();
    let isFull = false;
    const tab = createConversations({
      scope: signal('public'),
      sessionStorage: undefined,
      openDatabase: () => ({
        ...memory,
        remove: (ids) =>
          isFull
            ? Promise.reject(new DOMException('Full.', 'QuotaExceededError'))
            : memory.remove(ids),
      }),
    });
    await tab.load();
    tab.add([A, B]);
    await tab.settled();
    vi.useFakeTimers();
    isFull = true;
    await tab.remove([A.id]);
    expect(tab.trouble.value).toBe('full');
    await expect(tab.deleteAll()).rejects.toThrow();
    tab.undo();
    await vi.advanceTimersByTimeAsync(SAVE_RETRY_INTERVAL_MS);
    expect(tab.trouble.value).toBe('full');
    isFull = false;
    await vi.advanceTimersByTimeAsync(SAVE_RETRY_INTERVAL_MS);
    expect(tab.trouble.value).toBeUndefined();
    expect(await memory.read(A.id)).toBeUndefined();
    expect(await memory.read(B.id)).toBeUndefined();
    await tab.deleteAll();
  });

  it('is another thing than storage that is blocked, where conversations live with the tab', async () => {
    const refuse = () => Promise.reject(new DOMException('Blocked.', 'SecurityError'));
    const tab = createConversations({
      scope: signal('public'),
      sessionStorage: undefined,
      openDatabase: () => ({
        ...createMemoryDatabase(),
        change: refuse,
        listDamaged: refuse,
      }),
    });
    await tab.load();
    expect(tab.trouble.value).toBe('blocked');
    tab.add([A]);
    await tab.settled();
    tab.open(A.id);
    expect(tab.current.value.id).toBe(A.id);
  });
});

describe('a frame', () => {
  it('has one conversation a tab, over a reload, and forgets it when another begins', () => {
    const sessionStorage = createMemoryStorage();
    const open = () => createConversations({ scope: signal('public'), sessionStorage });
    const frame = open();
    const { state } = frame.current.value;
    const turn = { role: 'user' as const, id: 'q', atMs: 1, text: 'Hello' };
    state.value = { ...state.value, turns: [turn], leafId: 'q' };
    frame.handOver();
    const again = open();
    expect(again.isListed).toBe(false);
    expect(again.current.value.state.value.turns).toEqual([turn]);
    again.begin();
    expect(open().current.value.state.value.turns).toEqual([]);
  });
});
