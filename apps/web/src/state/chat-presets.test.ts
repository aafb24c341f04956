import { describe, expect, it } from 'vitest';
import { PRESET_NAMES, PRESETS, presetOf } from './chat-presets.ts';
import { DEFAULT_CHAT_DRAFT, isDefaultDraft, parseChatDraft } from './chat-settings.ts';

describe('a preset', () => {
  it.each(PRESET_NAMES)('%s is possible, and known again by its values', (name) => {
    const draft = { ...DEFAULT_CHAT_DRAFT, seed: '7', ...PRESETS[name] };
    expect(parseChatDraft(draft)).toHaveProperty('settings');
    expect(presetOf(draft)).toBe(name);
    expect(presetOf({ ...draft, topP: '0.5' })).toBeUndefined();
  });

  it('is known however its numbers are written', () => {
    expect(presetOf({ ...DEFAULT_CHAT_DRAFT, temperature: ' 0,60' })).toBe('balanced');
  });

  it('is the more daring the later it stands', () => {
    const temperatures = PRESET_NAMES.map((name) => Number(PRESETS[name].temperature));
    expect(temperatures).toEqual([...temperatures].sort((a, b) => a - b));
  });
});

describe('settings as they were at first', () => {
  it('are told from changed ones', () => {
    expect(isDefaultDraft({ ...DEFAULT_CHAT_DRAFT })).toBe(true);
    expect(isDefaultDraft({ ...DEFAULT_CHAT_DRAFT, seed: '1' })).toBe(false);
  });
});
