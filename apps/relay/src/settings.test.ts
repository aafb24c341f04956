import { describe, expect, it } from 'vitest';
import { defaultCatalogFile, defaultDataDir, readSettings } from './settings.ts';
import { DEFAULT_RATIONS } from './tunnels/ration.ts';

describe('readSettings', () => {
  it('has defaults for everything', () => {
    expect(readSettings({})).toMatchObject({
      port: 8787,
      host: '127.0.0.1',
      modelsDir: undefined,
      trustedProxyHops: 0,
      origins: [],
      relays: [],
      iceServers: [],
      turn: undefined,
      rations: DEFAULT_RATIONS,
      publicOrigin: undefined,
      operator: {},
    });
    expect(defaultCatalogFile()).toMatch(/apps.web.models.catalog\.json$/);
  });

  it('reads what is set', () => {
    const settings = readSettings({
      PORT: '0',
      HOST: '::',
      TRUST_PROXY: '2',
      ORIGINS: 'https://a.example/page, http://b.example:8080',
      RELAYS: 'https://a.example/, https://c.example:8443',
      ICE_SERVERS: '[{"urls":"turn:t.example","username":"u","credential":"c"}]',
      ASKERS: 'https://d.example/page',
      MODELS_DIR: '/models',
      TUNNEL_PAIR: '16/2',
      PUBLIC_ORIGIN: 'https://a.example/',
      OPERATOR_NAME: ' A club ',
      OPERATOR_CONTACT: 'mailto:us@a.example',
      OPERATOR_TERMS: 'https://a.example/terms',
    });
    expect(settings).toMatchObject({
      port: 0,
      host: '::',
      trustedProxyHops: 2,
      origins: ['https://a.example', 'http://b.example:8080'],
      relays: ['https://a.example', 'https://c.example:8443'],
      publicOrigin: 'https://a.example',
      operator: {
        name: 'A club',
        contact: 'mailto:us@a.example',
        terms: 'https://a.example/terms',
      },
      askers: ['https://d.example'],
      iceServers: [{ urls: 'turn:t.example', username: 'u', credential: 'c' }],
      rations: {
        ...DEFAULT_RATIONS,
        pair: { bytesPerSecond: 16 * 1024, bytesPerHour: 2 * 1024 ** 2 },
      },
    });
  });

  it.each([
    ['', '*'],
    ['*', '*'],
    ['none', []],
  ])('reads ASKERS "%s"', (ASKERS, askers) => {
    expect(readSettings({ ASKERS }).askers).toEqual(askers);
  });

  it('reads a TURN server that shares a secret', () => {
    const TURN_SECRET = 'north-of-the-river';
    const TURN_URLS = 'turn:t.example:3478, turns:[2001:db8::1]:5349?transport=tcp';
    const urls = ['turn:t.example:3478', 'turns:[2001:db8::1]:5349?transport=tcp'];
    const expected = { urls, secret: TURN_SECRET, ttlSeconds: 3_600 };
    expect(readSettings({ TURN_URLS, TURN_SECRET }).turn).toEqual(expected);
    const TURN_TTL_SECONDS = '900';
    expect(readSettings({ TURN_URLS, TURN_SECRET, TURN_TTL_SECONDS }).turn).toEqual({
      ...expected,
      ttlSeconds: 900,
    });
  });

  it.each([{ TUNNEL_RELAY: '0' }, { TUNNEL_PAIR: '0/5' }, { TUNNEL_ADDRESS: '5/0' }])(
    'carries no links with %o',
    (env) => {
      expect(readSettings(env as Record<string, string>).rations).toBeNull();
    },
  );

  it.each([
    { TURN_URLS: '', TURN_SECRET: 'north-of-the-river' },
    { TURN_SECRET: '', TURN_URLS: 'turn:t.example' },
    { TURN_SECRET: 'short', TURN_URLS: 'turn:t.example' },
    { TURN_URLS: 'stun:t.example', TURN_SECRET: 'north-of-the-river' },
    { TURN_URLS: 'turn:t.example?x=1', TURN_SECRET: 'north-of-the-river' },
    { TURN_URLS: Array(9).fill('turn:t.example').join(), TURN_SECRET: 'north-of-the-river' },
    { TURN_TTL_SECONDS: '59' },
    { TURN_TTL_SECONDS: '86401' },
    { TUNNEL_PAIR: '16' },
    { TUNNEL_IDENTITY: '-1/2' },
    { TUNNEL_RELAY: '1.5/2' },
    { PORT: 'http' },
    { PORT: '65536' },
    { PORT: '-1' },
    { TRUST_PROXY: 'yes' },
    { ORIGINS: 'example.org' },
    { PUBLIC_ORIGIN: 'example.org' },
    { OPERATOR_NAME: 'x'.repeat(201) },
    { OPERATOR_CONTACT: 'javascript:alert(1)' },
    { OPERATOR_CONTACT: 'us@a.example' },
    { OPERATOR_TERMS: 'http://a.example/terms' },
    { ASKERS: 'example.org' },
    { ASKERS: Array(257).fill('https://a.example').join() },
    { RELAYS: 'a.example' },
    { RELAYS: 'ftp://a.example' },
    { RELAYS: Array(5).fill('https://a.example').join() },
    { ICE_SERVERS: '{}' },
    { ICE_SERVERS: 'stun:x' },
  ])('refuses %o and names the variable', (env) => {
    const [name = ''] = Object.keys(env);
    expect(() => readSettings(env as Record<string, string>)).toThrow(name);
  });

  it("keeps data in the user's cache folder of each system", () => {
    expect(defaultDataDir({ LOCALAPPDATA: '/local' }, 'win32')).toBe('/local/manyhands');
    expect(defaultDataDir({ XDG_CACHE_HOME: '/cache' }, 'linux')).toBe('/cache/manyhands');
    expect(defaultDataDir({}, 'darwin')).toMatch(/Library.Caches.manyhands$/);
  });
});
