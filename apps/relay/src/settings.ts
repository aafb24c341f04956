import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { ICE_SERVERS_MAX, ICE_URL_LENGTH_MAX, RELAYS_MAX } from '@manyhands/protocol/limits';
import { IceServers, RelayOrigin } from '@manyhands/protocol/relay-message';
import * as v from 'valibot';
import { RelayError } from './error.ts';
import type { TurnSettings } from './ice/turn-credentials.ts';
import {
  ASKERS_MAX,
  TURN_SECRET_LENGTH_MIN,
  TURN_TTL_SECONDS,
  TURN_TTL_SECONDS_MAX,
  TURN_TTL_SECONDS_MIN,
} from './limits.ts';
import { type Operator, readOperator } from './operator.ts';
import { DEFAULT_RATIONS, type Ration, type TunnelRations } from './tunnels/ration.ts';

/** What an operator sets by environment variables. */
export interface RelaySettings {
  readonly port: number;
  readonly host: string;
  readonly modelsDir: string | undefined;
  readonly siteDir: string;
  /** The built SDK, served to pages of other sites. */
  readonly sdkDir: string;
  readonly dataDir: string;
  readonly catalogFile: string;
  /** Where people open the site, which only `doctor` needs to know. */
  readonly publicOrigin: string | undefined;
  /** Who answers for this installation, as the site says. */
  readonly operator: Operator;
  readonly trustedProxyHops: number;
  readonly origins: readonly string[];
  readonly askers: '*' | readonly string[];
  /** Relays of the same network, this one among them or not. */
  readonly relays: readonly string[];
  readonly iceServers: IceServers;
  /** A TURN server that shares a secret with this relay. */
  readonly turn: TurnSettings | undefined;
  /** Who may embed the widget: a list's path, `*` for every site, nobody without. */
  readonly embedSites: string | undefined;
  /** Where reports of answers go; without it none is taken. */
  readonly reportsFile: string | undefined;
  /** What links without a direct path may use of this relay; `null`: nothing at all. */
  readonly rations: TunnelRations | null;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the environment. Throws `bad-setting` that names the variable and what it should be. */
export function readSettings(env: Environment, platform = process.platform): RelaySettings {
  const iceServers = readIceServers(env.ICE_SERVERS);
  return {
    port: readInteger(env, 'PORT', 8787, { max: 65_535 }),
    host: env.HOST || '127.0.0.1',
    modelsDir: env.MODELS_DIR ? resolve(env.MODELS_DIR) : undefined,
    siteDir: env.SITE_DIR ? resolve(env.SITE_DIR) : defaultSiteDir(),
    sdkDir: env.SDK_DIR ? resolve(env.SDK_DIR) : defaultSdkDir(),
    dataDir: env.DATA_DIR ? resolve(env.DATA_DIR) : defaultDataDir(env, platform),
    catalogFile: env.CATALOG ? resolve(env.CATALOG) : defaultCatalogFile(),
    publicOrigin: readOrigins(env, 'PUBLIC_ORIGIN').at(0),
    operator: readOperator(env),
    trustedProxyHops: readInteger(env, 'TRUST_PROXY', 0, { max: 8 }),
    origins: readOrigins(env, 'ORIGINS'),
    askers: readAskers(env),
    relays: readRelays(env),
    iceServers,
    turn: readTurn(env, ICE_SERVERS_MAX - iceServers.length),
    embedSites: readEmbedSites(env.EMBED_SITES),
    reportsFile: env.REPORTS_FILE ? resolve(env.REPORTS_FILE) : undefined,
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

/** The built SDK. */
export function defaultSdkDir(): string {
  return findUpwards(join('packages', 'sdk', 'dist'));
}

/** This file runs from its source, from `dist/relay` and bundled into the CLI. */
function findUpwards(path: string): string {
  for (let directory = import.meta.dirname; ; directory = dirname(directory)) {
    const found = join(directory, path);
    if (existsSync(found)) return found;
    if (dirname(directory) === directory) return join(process.cwd(), path);
  }
}

function readInteger(
  env: Environment,
  name: string,
  fallback: number,
  { min = 0, max }: { readonly min?: number; readonly max: number },
): number {
  const text = env[name];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (/^\d{1,6}$/.test(text) && value >= min && value <= max) return value;
  throw new RelayError('bad-setting', `${name} is "${text}": use a number from ${min} to ${max}.`);
}

function readOrigins(env: Environment, name: string): string[] {
  const parts = (env[name] ?? '').split(',').map((part) => part.trim());
  return parts.filter(Boolean).map((part) => {
    const origin = URL.canParse(part) ? new URL(part).origin : 'null';
    if (origin !== 'null') return origin;
    throw new RelayError(
      'bad-setting',
      `${name} contains "${part}": write origins like https://example.org, with commas between.`,
    );
  });
}

function readEmbedSites(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  return text === '*' ? text : resolve(text);
}

/** `*` or nothing: any site. `none`: the operator's own pages alone. */
function readAskers(env: Environment): '*' | readonly string[] {
  const text = (env.ASKERS ?? '').trim();
  if (text === '' || text === '*') return '*';
  if (text === 'none') return [];
  const askers = readOrigins(env, 'ASKERS');
  if (askers.length <= ASKERS_MAX) return askers;
  throw new RelayError('bad-setting', `ASKERS should be up to ${ASKERS_MAX} origins, or *.`);
}

function readRelays(env: Environment): string[] {
  const relays = readOrigins(env, 'RELAYS');
  if (relays.length <= RELAYS_MAX && relays.every((one) => v.is(RelayOrigin, one))) return relays;
  throw new RelayError(
    'bad-setting',
    `RELAYS should be up to ${RELAYS_MAX} origins like https://example.org.`,
  );
}

function readIceServers(text: string | undefined): IceServers {
  if (text === undefined || text === '') return [];
  const example = '[{"urls":"stun:stun.example.org:3478"}]';
  try {
    return v.parse(IceServers, JSON.parse(text));
  } catch (cause) {
    throw new RelayError('bad-setting', `ICE_SERVERS should be JSON like ${example}.`, { cause });
  }
}

/** Both or neither: addresses without the secret would be dialled in vain. */
function readTurn(env: Environment, urlsMax: number): TurnSettings | undefined {
  const urls = (env.TURN_URLS ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
  const secret = env.TURN_SECRET ?? '';
  const bounds = { min: TURN_TTL_SECONDS_MIN, max: TURN_TTL_SECONDS_MAX };
  const ttlSeconds = readInteger(env, 'TURN_TTL_SECONDS', TURN_TTL_SECONDS, bounds);
  if (urls.length === 0 && secret === '') return undefined;
  const fail = (message: string) => new RelayError('bad-setting', message);
  if (urls.length === 0) {
    throw fail('TURN_URLS is missing beside TURN_SECRET: write e.g. turn:turn.example.org:3478.');
  }
  if (secret.length < TURN_SECRET_LENGTH_MIN) {
    throw fail(
      `TURN_SECRET should be the TURN server's shared secret, of at least ${TURN_SECRET_LENGTH_MIN} characters.`,
    );
  }
  const wrong = urls.find((url) => !TURN_URL.test(url) || url.length > ICE_URL_LENGTH_MAX);
  if (wrong !== undefined) {
    throw fail(
      `TURN_URLS contains "${wrong}": write turn:HOST:PORT or turns:HOST:PORT?transport=tcp.`,
    );
  }
  if (urls.length > urlsMax) {
    throw fail(`TURN_URLS and ICE_SERVERS have more than ${ICE_SERVERS_MAX} servers together.`);
  }
  return { urls, secret, ttlSeconds };
}

/** RFC 7065. A browser that is given another text makes no connection at all. */
const TURN_URL =
  /^turns?:(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?(?:\?transport=(?:udp|tcp))?$/;
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
