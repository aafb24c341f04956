import { signal } from '@preact/signals';
import { describe, expect, it } from 'vitest';
import { createMemoryStorage } from '../testing/memory-storage.ts';
import { type AnswerView, NEW_ANSWER } from './answer-view.ts';
import { promptMessages, type Turn } from './conversation.ts';
import { readConversation, writeConversation } from './conversation-store.ts';

const user = (id: number, text: string): Turn => ({ role: 'user', id, text });
const answer = (id: number, text: string, changes: Partial<AnswerView> = {}): Turn => ({
  role: 'assistant',
  id,
  modelName: 'Pip',
  answer: signal<AnswerView>({ ...NEW_ANSWER, phase: 'done', text, ...changes }),
});
const plain = { systemPrompt: '', withoutHistory: false };

const KEY = 'manyhands.conversation';

describe('the messages of a conversation', () => {
  it('alternate, also after a question whose answer came to nothing', () => {
    const turns = [user(1, 'A?'), answer(2, 'a'), user(3, 'B?'), answer(4, ' '), user(5, 'C?')];
    expect(promptMessages(turns, plain)).toEqual([
      { role: 'user', content: 'A?' },
      { role: 'assistant', content: 'a' },
      { role: 'user', content: 'C?' },
    ]);
  });

  it('begin with the system prompt and can leave out what was said before', () => {
    const turns = [user(1, 'A?'), answer(2, 'a'), user(3, 'B?')];
    expect(promptMessages(turns, { systemPrompt: 'Be brief.', withoutHistory: true })).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'B?' },
    ]);
  });
});

describe('a stored conversation', () => {
  it('comes back after a reload, with an unfinished answer as a stopped one', () => {
    const storage = createMemoryStorage();
    const error = { code: 'chain-lost', message: 'Gone.' };
    const repair = { ...error, peerIds: ['abcd.xyz'], atMs: 1_000, durationMs: 300 };
    writeConversation(storage, KEY, [
      user(1, 'A?'),
      answer(2, 'a', { finishReason: 'failed', error, repairs: [repair] }),
      user(3, 'B?'),
      answer(4, 'half', { phase: 'writing' }),
    ]);
    const turns = readConversation(storage, KEY);
    expect(turns.map((turn) => turn.id)).toEqual([1, 2, 3, 4]);
    const second = turns[1];
    expect(second).toMatchObject({ modelName: 'Pip' });
    expect(second?.role === 'assistant' && second.answer.value.repairs).toEqual([repair]);
    const last = turns[3];
    expect(last?.role === 'assistant' && last.answer.value).toMatchObject({
      text: 'half',
      phase: 'done',
      finishReason: 'aborted',
    });
  });

  it.each(['', 'null', '[{"role":"system","id":1,"text":"x"}]', '[{"role":"user","id":1}]'])(
    'is empty when the storage holds %j',
    (text) => {
      const storage = createMemoryStorage();
      storage.setItem(KEY, text);
      expect(readConversation(storage, KEY)).toEqual([]);
    },
  );

  it('is not kept when it is too long, and forgotten when it is cleared', () => {
    const storage = createMemoryStorage();
    writeConversation(storage, KEY, [user(1, 'x'.repeat(1_000_001))]);
    expect(storage.length).toBe(0);
    writeConversation(storage, KEY, [user(1, 'x')]);
    writeConversation(storage, KEY, []);
    expect(storage.length).toBe(0);
  });
});
