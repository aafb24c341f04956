import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Welcome } from '@manyhands/protocol/relay-message';
import * as v from 'valibot';
import { RelayError } from './error.ts';
import { DEFAULT_RATIONS, type Ration, type TunnelRations } from './tunnels/ration.ts';

export type IceServers = v.InferOutput<typeof Welcome.entries.iceServers>;

/** What an operator sets by environment variables. */
export interface RelaySettings {
  readonly port: number;
  readonly host: string;
  readonly modelsDir: string | undefined;
  readonly siteDir: string;
  readonly dataDir: string;
  readonly catalogFile: string;
  readonly trustedProxyHops: number;
  readonly origins: readonly string[];
  readonly iceServers: IceServers;
  /** What links without a direct path may use of this relay; `null`: nothing at all. */
  readonly rations: TunnelRations | null;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the environment. Throws `bad-setting` that names the variable and what it should be. */
export function readSettings(env: Environment, platform = process.platform): RelaySettings {
  return {
    port: readInteger(env, 'PORT', 8787, 65_535),
    host: env.HOST || '127.0.0.1',
    modelsDir: env.MODELS_DIR ? resolve(env.MODELS_DIR) : undefined,
    siteDir: env.SITE_DIR ? resolve(env.SITE_DIR) : defaultSiteDir(),
    dataDir: env.DATA_DIR ? resolve(env.DATA_DIR) : defaultDataDir(env, platform),
    catalogFile: env.CATALOG ? resolve(env.CATALOG) : defaultCatalogFile(),
    trustedProxyHops: readInteger(env, 'TRUST_PROXY', 0, 8),
    origins: readOrigins(env.ORIGINS),
    iceServers: readIceServers(env.ICE_SERVERS),
    rations: readRations(env),
  };
}

/** Where manifests and hashing results stay between runs. */
export function defaultDataDir(env: Environment, platform: NodeJS.Platform): string {
  if (platform === 'win32' && env.LOCALAPPDATA) return join(env.LOCALAPPDATA, 'manyhands');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'manyhands');
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'manyhands');
}

/** The product's catalogue with the built-in model beside it. */
export function defaultCatalogFile(): string {
  return findUpwards(join('apps', 'web', 'models', 'catalog.json'));
}

/** The built site. */
export function defaultSiteDir(): string {
  return findUpwards(join('dist', 'web'));
}

/** This file runs from its source, from `dist/relay` and bundled into the CLI. */
function findUpwards(path: string): string {
  for (let directory = import.meta.dirname; ; directory = dirname(directory)) {
    const found = join(directory, path);
    if (existsSync(found)) return found;
    if (dirname(directory) === directory) return join(process.cwd(), path);
  }
}

function readInteger(env: Environment, name: string, fallback: number, max: number): number {
  const text = env[name];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (/^\d{1,6}$/.test(text) && value <= max) return value;
  throw new RelayError('bad-setting', `${name} is "${text}": use a number from 0 to ${max}.`);
}

function readOrigins(text = ''): string[] {
  const parts = text.split(',').map((part) => part.trim());
  return parts.filter(Boolean).map((part) => {
    const origin = URL.canParse(part) ? new URL(part).origin : 'null';
    if (origin !== 'null') return origin;
    throw new RelayError(
      'bad-setting',
      `ORIGINS contains "${part}": write origins like https://example.org, with commas between.`,
    );
  });
}

function readIceServers(text: string | undefined): IceServers {
  if (text === undefined || text === '') return [];
  const example = '[{"urls":"stun:stun.example.org:3478"}]';
  try {
    return v.parse(Welcome.entries.iceServers, JSON.parse(text));
  } catch (cause) {
    throw new RelayError('bad-setting', `ICE_SERVERS should be JSON like ${example}.`, { cause });
  }
}

/** Each as `KiB a second/MiB an hour`; a 0 anywhere switches the fallback off. */
function readRations(env: Environment): TunnelRations | null {
  const { pair, identity, address, relay } = DEFAULT_RATIONS;
  const rations = {
    pair: readRation(env, 'TUNNEL_PAIR', pair),
    identity: readRation(env, 'TUNNEL_IDENTITY', identity),
    address: readRation(env, 'TUNNEL_ADDRESS', address),
    relay: readRation(env, 'TUNNEL_RELAY', relay),
  };
  const isOff = Object.values(rations).some(
    ({ bytesPerSecond, bytesPerHour }) => bytesPerSecond === 0 || bytesPerHour === 0,
  );
  return isOff ? null : rations;
}

function readRation(env: Environment, name: string, fallback: Ration): Ration {
  const text = env[name];
  if (text === undefined || text === '') return fallback;
  if (text === '0') return { bytesPerSecond: 0, bytesPerHour: 0 };
  const match = /^(\d{1,7})\/(\d{1,7})$/.exec(text);
  if (match !== null) {
    return { bytesPerSecond: Number(match[1]) * 1024, bytesPerHour: Number(match[2]) * 1024 ** 2 };
  }
  throw new RelayError(
    'bad-setting',
    `${name} is "${text}": write KiB a second and MiB an hour, like 256/128, or 0 for off.`,
  );
}
