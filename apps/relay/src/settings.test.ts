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
      iceServers: [],
      rations: DEFAULT_RATIONS,
    });
    expect(defaultCatalogFile()).toMatch(/apps.web.models.catalog\.json$/);
  });

  it('reads what is set', () => {
    const settings = readSettings({
      PORT: '0',
      HOST: '::',
      TRUST_PROXY: '2',
      ORIGINS: 'https://a.example/page, http://b.example:8080',
      ICE_SERVERS: '[{"urls":"turn:t.example","username":"u","credential":"c"}]',
      MODELS_DIR: '/models',
      TUNNEL_PAIR: '16/2',
    });
    expect(settings).toMatchObject({
      port: 0,
      host: '::',
      trustedProxyHops: 2,
      origins: ['https://a.example', 'http://b.example:8080'],
      iceServers: [{ urls: 'turn:t.example', username: 'u', credential: 'c' }],
      rations: {
        ...DEFAULT_RATIONS,
        pair: { bytesPerSecond: 16 * 1024, bytesPerHour: 2 * 1024 ** 2 },
      },
    });
  });

  it.each([{ TUNNEL_RELAY: '0' }, { TUNNEL_PAIR: '0/5' }, { TUNNEL_ADDRESS: '5/0' }])(
    'carries no links with %o',
    (env) => {
      expect(readSettings(env as Record<string, string>).rations).toBeNull();
    },
  );

  it.each([
    { TUNNEL_PAIR: '16' },
    { TUNNEL_IDENTITY: '-1/2' },
    { TUNNEL_RELAY: '1.5/2' },
    { PORT: 'http' },
    { PORT: '65536' },
    { PORT: '-1' },
    { TRUST_PROXY: 'yes' },
    { ORIGINS: 'example.org' },
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
