import { describe, expect, it } from 'vitest';
import { createMemoryStorage } from '../testing/memory-storage.ts';
import {
  DEFAULT_CHAT_DRAFT,
  parseChatDraft,
  readChatDraft,
  writeChatDraft,
} from './chat-settings.ts';

const parse = (changes: Partial<typeof DEFAULT_CHAT_DRAFT>) =>
  parseChatDraft({ ...DEFAULT_CHAT_DRAFT, ...changes });

describe('chat settings', () => {
  it('read the defaults without a seed', () => {
    const parsed = parse({});
    expect(parsed).toMatchObject({ settings: { tokensMax: 256, stagesMin: 1, activation: 'f16' } });
    expect('settings' in parsed && 'seed' in parsed.settings.sampling).toBe(false);
  });

  it('read what was typed', () => {
    const parsed = parse({
      temperature: '0',
      seed: ' 7 ',
      stopStrings: 'END\n\n ',
      stagesMin: '3',
    });
    expect(parsed).toMatchObject({
      settings: { sampling: { temperature: 0, seed: 7 }, stopStrings: ['END', ' '], stagesMin: 3 },
    });
  });

  it.each([
    ['temperature', '-1'],
    ['temperature', ''],
    ['temperature', '1e1'],
    ['temperature', 'NaN'],
    ['topK', '1.5'],
    ['topK', '65'],
    ['topP', '1.01'],
    ['minP', '0x1'],
    ['repetitionPenalty', '0'],
    ['seed', '4294967296'],
    ['tokensMax', '0'],
    ['stagesMin', '0'],
    ['stopStrings', 'a\n'.repeat(9)],
    ['stopStrings', 'a'.repeat(65)],
  ] as const)('refuse %s %j and say so at that field only', (field, text) => {
    const parsed = parse({ [field]: text });
    expect('errors' in parsed && Object.keys(parsed.errors)).toEqual([field]);
  });

  it('survive a reload, and a damaged storage', () => {
    const storage = createMemoryStorage();
    writeChatDraft(storage, { ...DEFAULT_CHAT_DRAFT, stagesMin: '3' });
    expect(readChatDraft(storage).stagesMin).toBe('3');
    storage.setItem('manyhands.chat-settings', '{"stagesMin":3}');
    expect(readChatDraft(storage)).toBe(DEFAULT_CHAT_DRAFT);
  });
});
