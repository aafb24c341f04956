import { signal } from '@preact/signals';
import { describe, expect, it } from 'vitest';
import { createMemoryStorage } from '../testing/memory-storage.ts';
import { type AnswerView, NEW_ANSWER } from './answer-view.ts';
import { promptMessages, type Turn } from './conversation.ts';
import { toConversation, toRecord } from './conversation-live.ts';
import { readHandover, sessionKeyOf } from './conversation-session.ts';
import {
  branchesAt,
  isSound,
  newestLeafUnder,
  pathTo,
  type TreeTurn,
} from './conversation-tree.ts';

const user = (id: string, text: string): Turn => ({ role: 'user', id, atMs: 1, text });
const answer = (id: string, text: string, changes: Partial<AnswerView> = {}): Turn => ({
  role: 'assistant',
  id,
  atMs: 1,
  modelName: 'Pip',
  answer: signal<AnswerView>({ ...NEW_ANSWER, phase: 'done', text, ...changes }),
});
const plain = { systemPrompt: '', withoutHistory: false };

describe('the messages of a conversation', () => {
  it('alternate, also after a question whose answer came to nothing', () => {
    const turns = [
      user('1', 'A?'),
      answer('2', 'a'),
      user('3', 'B?'),
      answer('4', ' '),
      user('5', 'C?'),
    ];
    expect(promptMessages(turns, plain)).toEqual([
      { role: 'user', content: 'A?' },
      { role: 'assistant', content: 'a' },
      { role: 'user', content: 'C?' },
    ]);
  });

  it('begin with the system prompt and can leave out what was said before', () => {
    const turns = [user('1', 'A?'), answer('2', 'a'), user('3', 'B?')];
    expect(promptMessages(turns, { systemPrompt: 'Be brief.', withoutHistory: true })).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'B?' },
    ]);
  });
});

/** `a q1 – a1, q1 – a2 – q2` and so on: questions at even depths. */
const turn = (id: string, parentId: string | undefined, atMs: number): TreeTurn => ({
  id,
  role: id.startsWith('q') ? 'user' : 'assistant',
  atMs,
  ...(parentId !== undefined && { parentId }),
});
const TREE = [
  turn('q1', undefined, 1),
  turn('a1', 'q1', 2),
  turn('q2', 'a1', 3),
  turn('a2', 'q1', 4),
  turn('q3', 'a2', 5),
  turn('a3', 'q2', 6),
  turn('q4', undefined, 7),
];

describe('the tree of a conversation', () => {
  const ids = (turns: readonly TreeTurn[]) => turns.map(({ id }) => id);

  it('shows one path, and says what stands in the place of each turn', () => {
    expect(ids(pathTo(TREE, 'a3'))).toEqual(['q1', 'a1', 'q2', 'a3']);
    expect(pathTo(TREE, 'nobody')).toEqual([]);
    expect(branchesAt(TREE, 'a2')).toEqual({ index: 1, ids: ['a1', 'a2'] });
    expect(branchesAt(TREE, 'q4')).toEqual({ index: 1, ids: ['q1', 'q4'] });
  });

  it('goes on where a branch was last gone on with', () => {
    expect(newestLeafUnder(TREE, 'q1')).toBe('a3');
    expect(newestLeafUnder(TREE, 'a2')).toBe('q3');
    expect(newestLeafUnder(TREE, 'q4')).toBe('q4');
  });

  it.each([
    ['a turn twice', [...TREE, turn('q1', undefined, 9)]],
    ['an answer to nothing', [turn('a1', undefined, 1)]],
    ['an answer to an answer', [...TREE, turn('a9', 'a1', 9)]],
    ['a question to a question', [...TREE, turn('q9', 'q2', 9)]],
    ['a child before its parent', TREE.toReversed()],
    ['a parent that is not there', [turn('q2', 'a1', 1)]],
    ['a circle', [turn('q1', 'a1', 1), turn('a1', 'q1', 1)]],
  ])('does not accept %s', (_, turns) => {
    expect(isSound(TREE)).toBe(true);
    expect(isSound(turns)).toBe(false);
  });
});

describe('what a tab had open', () => {
  it('is found in the form the site kept before it had a database', () => {
    const storage = createMemoryStorage();
    const done = { ...NEW_ANSWER, phase: 'done', text: 'a', finishReason: 'stop' };
    const former = [
      { role: 'user', id: 1, text: 'A?' },
      { role: 'assistant', id: 2, modelName: 'Pip', answer: done },
      { role: 'user', id: 3, text: 'B?' },
    ];
    storage.setItem(sessionKeyOf('public'), JSON.stringify(former));
    const handed = readHandover(storage, 'public', 1_000);
    if (handed === undefined || !('record' in handed)) throw new Error('Nothing was found.');
    const { record } = handed;
    expect(pathTo(record.turns, record.leafId)).toHaveLength(3);
    const conversation = toConversation(record, false);
    expect(toRecord(conversation, 0)).toEqual(record);
  });

  it.each(['', 'null', '[]', '[{"role":"user","id":1}]', '{"openId":"x"}', '{"version":1}'])(
    'is nothing where the storage holds %j',
    (text) => {
      const storage = createMemoryStorage();
      storage.setItem(sessionKeyOf('public'), text);
      expect(readHandover(storage, 'public', 1)).toBeUndefined();
    },
  );

  it('is marked where its answer was cut off, and keeps its text', () => {
    const conversation = {
      ...toConversation(
        {
          version: 1,
          id: 'a'.repeat(22),
          scope: 'public',
          revision: 1,
          createdAtMs: 1,
          title: '',
          systemPrompt: '',
          changedAtMs: 0,
          turns: [
            { role: 'user', id: 'q', atMs: 1, text: 'A?' },
            {
              role: 'assistant',
              id: 'a',
              parentId: 'q',
              atMs: 2,
              modelName: 'Pip',
              answer: {
                ...NEW_ANSWER,
                chain: [],
                links: [],
                repairs: [],
                phase: 'writing',
                text: 'ha',
              },
            },
          ],
          leafId: 'a',
        },
        false,
      ),
    };
    const last = conversation.state.value.turns[1];
    if (last?.role !== 'assistant') throw new Error('The last turn is no answer.');
    expect(last.isInterrupted).toBe(true);
    expect(last.answer.value).toMatchObject({ phase: 'done', finishReason: 'aborted', text: 'ha' });
  });
});
