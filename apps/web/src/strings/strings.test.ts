import { afterEach, describe, expect, it } from 'vitest';
import { formatBytes, formatDuration } from '../state/format.ts';
import { de } from './de.ts';
import { en } from './en.ts';
import { chooseLanguage, showLanguage, t } from './language.ts';

/** Every string under its key, values and marks of passages in it sorted. */
function listStrings(words: object, path = ''): [key: string, text: string][] {
  return Object.entries(words).flatMap(([name, value]): [string, string][] =>
    typeof value === 'string' ? [[path + name, value]] : listStrings(value, `${path}${name}.`),
  );
}
const holesOf = (text: string): string[] => (text.match(/\{\{\w+\}\}|<\/?\w+>/gu) ?? []).toSorted();

describe('the German strings', () => {
  const german = new Map(listStrings(de));

  it('have the keys of the English ones, and no others', () => {
    expect([...german.keys()].toSorted()).toEqual(
      listStrings(en)
        .map(([key]) => key)
        .toSorted(),
    );
  });

  it('keep every value and every marked passage', () => {
    for (const [key, text] of listStrings(en)) {
      expect(holesOf(german.get(key) ?? ''), key).toEqual(holesOf(text));
    }
  });

  it('say something wherever the English ones do', () => {
    for (const [key, text] of listStrings(en)) {
      expect(german.get(key)?.trim() === '', key).toBe(text.trim() === '');
    }
  });
});

describe('the language', () => {
  afterEach(() => showLanguage('en'));

  it('is the first of the wanted ones that there is', () => {
    expect(chooseLanguage(['fr-CH', 'de-CH', 'en'])).toBe('de');
    expect(chooseLanguage(['fr', 'constructor'])).toBe('en');
  });

  it('changes words and numbers', async () => {
    expect([t('shell.pages.contribute'), formatBytes(7_532_160)]).toEqual(['Contribute', '7.5 MB']);
    await showLanguage('de');
    expect([t('shell.pages.contribute'), formatBytes(7_532_160)]).toEqual(['Mitmachen', '7,5 MB']);
    expect(formatDuration(200_000_000)).toBe('2 T 7 h');
  });
});
