import { afterEach, describe, expect, it } from 'vitest';
import { language, showLanguage } from '../strings/language.ts';
import { createMemoryStorage } from '../testing/memory-storage.ts';
import { createLanguageChoice, LANGUAGE_KEY } from './language-choice.ts';

afterEach(() => showLanguage('en'));

const open = (wanted: readonly string[], storage = createMemoryStorage()) => ({
  storage,
  choice: createLanguageChoice({ storage, wanted }),
});

describe('the language to begin with', () => {
  it('is the first that the person reads, and is not stored for that', async () => {
    const { choice, storage } = open(['fr', 'de-AT', 'en']);
    await choice.ready;
    expect(language.value).toBe('de');
    expect(storage.getItem(LANGUAGE_KEY)).toBeNull();
  });

  it('is the chosen one on the next visit', async () => {
    const { choice, storage } = open(['en']);
    await choice.choose('de');
    await showLanguage('en');
    await open(['en'], storage).choice.ready;
    expect(language.value).toBe('de');
  });

  it('is the person’s own where something else was stored', async () => {
    const storage = createMemoryStorage();
    storage.setItem(LANGUAGE_KEY, '"xx"');
    await open(['de'], storage).choice.ready;
    expect(language.value).toBe('de');
  });
});

it('follows what another tab of this browser chose', async () => {
  const { choice, storage } = open(['en']);
  await choice.ready;
  storage.setItem(LANGUAGE_KEY, '"de"');
  await choice.follow();
  expect(language.value).toBe('de');
});

it('stays where words cannot be fetched, says so, and does not remember it', async () => {
  const storage = createMemoryStorage();
  let isOffline = true;
  const show = async (next: 'en' | 'de'): Promise<void> => {
    if (isOffline && next === 'de') throw new TypeError('Failed to fetch');
    await showLanguage(next);
  };
  const choice = createLanguageChoice({ storage, wanted: ['en'], show });
  await choice.choose('de');
  expect([language.value, choice.failed.value]).toEqual(['en', 'de']);
  expect(storage.getItem(LANGUAGE_KEY)).toBeNull();
  isOffline = false;
  await choice.choose('de');
  expect([language.value, choice.failed.value]).toEqual(['de', undefined]);
});

it('shows the last choice, whichever words come first', async () => {
  const storage = createMemoryStorage();
  let arrive: () => void = () => undefined;
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const show = async (next: 'en' | 'de'): Promise<void> => {
    if (next === 'de') await arrived;
    await showLanguage(next);
  };
  const choice = createLanguageChoice({ storage, wanted: ['en'], show });
  await choice.ready;
  const slow = choice.choose('de');
  await choice.choose('en');
  arrive();
  await slow;
  expect(language.value).toBe('en');
  expect(storage.getItem(LANGUAGE_KEY)).toBe('"en"');
});
