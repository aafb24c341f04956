import { describe, expect, it } from 'vitest';
import { choosePlace, readWishes } from './attributes.ts';

const SECURE = { scriptUrl: '', isSecureContext: true };
const NONE = { relay: null, key: null, mode: null, theme: null, lang: null, model: null };
const placeOf = (relay: string | null, key: string | null = null) =>
  choosePlace({ relay, key }, SECURE);

describe('where the frame comes from', () => {
  it('is the relay that the page names, else where the script came from', () => {
    const url = 'https://relay.example/embed.html';
    expect(placeOf('https://relay.example/some/page')).toEqual({
      origin: 'https://relay.example',
      url,
    });
    const scriptUrl = 'https://relay.example/widget.js';
    expect(choosePlace({ relay: null, key: null }, { ...SECURE, scriptUrl })).toMatchObject({
      url,
    });
  });

  it('carries the key', () => {
    expect(placeOf('https://relay.example', 'my-blog')).toMatchObject({
      url: 'https://relay.example/embed.html?embed=my-blog',
    });
  });

  it.each([
    'http://localhost:8787',
    'http://127.0.0.1:8787',
    'http://a.localhost',
    'http://[::1]:1',
  ])('may be this machine without https: %s', (relay) =>
    expect(placeOf(relay)).toHaveProperty('origin'),
  );

  it.each([
    ['bad-relay', 'relay.example'],
    ['bad-relay', 'javascript:alert(1)'],
    ['bad-relay', 'data:text/html,x'],
    ['bad-relay', 'https://'],
    ['insecure-relay', 'http://relay.example'],
    ['insecure-relay', 'http://localhost.example'],
    ['no-relay', ''],
    ['no-relay', null],
  ])('is none: %s for %j', (problem, relay) => {
    expect(placeOf(relay)).toEqual({ problem });
  });

  it.each(['', 'Blog', 'a&x=1', '-a', 'a'.repeat(65)])('is none for the key %j', (key) => {
    expect(placeOf('https://relay.example', key)).toEqual({ problem: 'bad-key' });
  });

  it('is none on a page that is not secure', () => {
    const insecure = { scriptUrl: '', isSecureContext: false };
    const place = choosePlace({ relay: 'https://relay.example', key: null }, insecure);
    expect(place).toEqual({ problem: 'insecure-page' });
  });
});

describe('what the page wishes', () => {
  it('is read from attributes', () => {
    const wishes = { mode: 'both', theme: 'dark', lang: 'de-AT', model: 'pip-7m' } as const;
    expect(readWishes({ ...NONE, ...wishes })).toEqual(wishes);
  });

  it('is the default where it is missing or misspelt', () => {
    const usual = { mode: 'contribute', theme: 'auto', lang: 'en', model: null };
    expect(readWishes(NONE)).toEqual(usual);
    const wrong = { mode: 'start', theme: 'pink', lang: '<b>', model: '../x' };
    expect(readWishes({ ...NONE, ...wrong })).toEqual(usual);
  });
});
