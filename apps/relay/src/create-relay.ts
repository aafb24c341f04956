import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { VersionRange } from '@manyhands/protocol/version';
import { openEmbedSites } from './embed/embed-sites.ts';
import { answerJson } from './http/answer.ts';
import { createHttpServer, listen, type Route, type TlsFiles } from './http/http-server.ts';
import { modelRoutes } from './http/model-routes.ts';
import { createSiteFiles } from './http/site-files.ts';
import { createIceServerSource } from './ice/turn-credentials.ts';
import { CATALOG_REFRESH_MS, SHUTDOWN_MS, TICK_MS } from './limits.ts';
import { type RelayLog, silentLog } from './log.ts';
import { createMetrics } from './metrics.ts';
import { createManifestStore } from './models/manifest-store.ts';
import { createModelLibrary, type ModelLibrary } from './models/model-library.ts';
import { userCatalogFile } from './models/user-catalog.ts';
import { createReportDesk } from './reports/report-desk.ts';
import { openReportFile } from './reports/report-file.ts';
import {
  defaultCatalogFile,
  defaultDataDir,
  defaultSdkDir,
  defaultSiteDir,
  type RelaySettings,
} from './settings.ts';
import type { TrafficTap } from './sockets/connection.ts';
import { createRelayCore, type RelayCore } from './sockets/relay-core.ts';
import { createSocketGate, refuseUpgrade } from './sockets/socket-gate.ts';
import { DEFAULT_RATIONS } from './tunnels/ration.ts';

/** Everything has a default that suits tests and the CLI: a free port on this machine, no log. */
export interface RelayOptions extends Partial<RelaySettings> {
  /** Folders served besides the site: `{ '/harness': 'dist/harness' }`. */
  readonly staticDirs?: Readonly<Record<string, string>>;
  /** GGUF files served besides the catalogue and `modelsDir`. */
  readonly modelFiles?: readonly string[];
  /** Where pages may connect to besides this origin and https, e.g. a mirror on http in a test. */
  readonly connectSources?: readonly string[];
  readonly socketsPerAddressMax?: number;
  /** Serves https; behind a proxy that has the certificate, plain http is what it wants. */
  readonly tls?: TlsFiles;
  readonly askingSocketsMax?: number;
  readonly log?: RelayLog;
  /** Sees everything on every socket; for tests of blindness. */
  readonly tap?: TrafficTap;
  readonly now?: () => number;
  readonly random?: () => number;
  readonly tickMs?: number;
  /** Seconds from one sample of the history to the next. */
  readonly historyEveryS?: number;
  /** Speaks these instead of its own, to stand for a relay of another time. */
  readonly versions?: VersionRange;
  /** How remote sources are read while they are verified. */
  readonly fetch?: typeof fetch;
}

export interface Relay {
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  readonly url: string;
  /** Where tabs connect: `ws://127.0.0.1:PORT/relay`. */
  readonly socketUrl: string;
  readonly port: number;
  /** Names this run of the relay; signatures bind it. */
  readonly relayId: string;
  readonly models: ModelLibrary;
  readonly peerCount: number;
  readonly volunteerCount: number;
  /** Tells every socket, closes everything; resolves within five seconds. */
  stop(): Promise<void>;
}

/** Path of the WebSocket. */
export const RELAY_PATH = '/relay';

/** The network's last day, for whoever draws it. */
const HISTORY_PATH = '/api/history';

/** Where the site reads who runs it; static hosts have a file there. */
const SITE_FACTS_PATH = '/site.json';

/** Starts a relay. Throws `RelayError` (`port-in-use`, `bad-setting`) or `ModelError` `bad-catalog`. */
export async function createRelay(options: RelayOptions = {}): Promise<Relay> {
  const { host = '127.0.0.1', now = Date.now, log = silentLog, relays = [] } = options;
  const relayId = randomBytes(16).toString('base64url');
  const onFault = (error: unknown) =>
    log.error('fault', { error: error instanceof Error ? (error.stack ?? error.name) : 'unknown' });
  const reportFile = await openReportFile(options.reportsFile, { log });
  let core: RelayCore | undefined;
  const dataDir = options.dataDir ?? defaultDataDir(process.env, process.platform);
  const models = await createModelLibrary({
    catalogFile: options.catalogFile ?? defaultCatalogFile(),
    userCatalogFile: userCatalogFile(dataDir),
    modelsDir: options.modelsDir,
    modelFiles: options.modelFiles ?? [],
    store: createManifestStore(dataDir),
    log,
    ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
    onReady: (modelRoot) => core?.record({ kind: 'model-ready', modelRoot }),
  });
  const embedSites = await openEmbedSites(options.embedSites, {
    log,
    onChange: () => gate.endRevoked(),
  });
  const relayCore = createRelayCore({
    now,
    random: options.random ?? Math.random,
    models,
    relays,
    iceServers: createIceServerSource(options.iceServers ?? [], options.turn),
    rations: options.rations === undefined ? DEFAULT_RATIONS : (options.rations ?? undefined),
    tunnelEvents: {
      onOpened: () => metrics.tunnelOpened(),
      onClosed: (code) => metrics.tunnelClosed(code),
      onCarried: (bytes) => metrics.recordCarried(bytes),
    },
    embedSites,
    reports: createReportDesk(reportFile, (outcome) => metrics.reported(outcome)),
    historyEveryS: options.historyEveryS,
    onSignal: () => metrics.signalForwarded(),
  });
  core = relayCore;
  const { origins = [], askers = '*' } = options;
  const originPolicy = { origins, relays, askers };
  const gate = createSocketGate({
    relayId,
    versions: options.versions,
    core: relayCore,
    now,
    tap: options.tap,
    originPolicy,
    trustedProxyHops: options.trustedProxyHops ?? 0,
    socketsPerAddressMax: options.socketsPerAddressMax,
    embedSites,
    askingSocketsMax: options.askingSocketsMax,
    onMessage: (type) => metrics.message(type),
    onRefused: (code) => metrics.refused(code),
    onFault,
  });
  const metrics = createMetrics({
    sockets: () => gate.socketCount,
    peers: () => relayCore.peerCount,
    volunteers: () => relayCore.directory.size,
    modelsReady: () => models.list().length,
    tunnels: () => relayCore.tunnelCount,
  });
  const server = createHttpServer({
    routes: [
      healthRoute(() => ({ peers: relayCore.peerCount, volunteers: relayCore.directory.size })),
      metricsRoute(metrics),
      historyRoute(relayCore.history),
      ...modelRoutes(models),
      ...operatorRoutes(options),
      ...staticRoutes(options),
    ],
    connectSources: [...relays.flatMap(connectSourcesOf), ...(options.connectSources ?? [])],
    originPolicy,
    embedSites,
    tls: options.tls,
    onFault,
  });
  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    if (request.url?.split('?')[0] === RELAY_PATH) gate.accept(request, stream, head);
    else refuseUpgrade(stream, '404 Not Found');
  });
  let port: number;
  try {
    port = await listen(server, options.port ?? 0, host);
  } catch (error) {
    embedSites.dispose();
    await models.dispose();
    throw error;
  }
  relayCore.record({ kind: 'relay-started' });
  const ticker = setInterval(() => {
    const nowMs = now();
    gate.tick(nowMs);
    relayCore.tick(nowMs);
  }, options.tickMs ?? TICK_MS);
  const refresher = setInterval(() => void models.refresh(), CATALOG_REFRESH_MS);
  log.info('listening', { port });

  let stopping: Promise<void> | undefined;
  const stop = async () => {
    clearInterval(ticker);
    clearInterval(refresher);
    embedSites.dispose();
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    gate.close();
    server.closeIdleConnections();
    // Downloads under way resume by Range at another relay; they do not hold this one.
    const deadline = setTimeout(() => server.closeAllConnections(), SHUTDOWN_MS / 4);
    await Promise.all([closed, models.dispose(), gate.closed()]);
    clearTimeout(deadline);
    relayCore.dispose();
    log.info('stopped');
  };
  const authority = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  const scheme = options.tls === undefined ? '' : 's';
  return {
    url: `http${scheme}://${authority}`,
    socketUrl: `ws${scheme}://${authority}${RELAY_PATH}`,
    port,
    relayId,
    models,
    get peerCount() {
      return relayCore.peerCount;
    },
    get volunteerCount() {
      return relayCore.directory.size;
    },
    stop() {
      stopping ??= stop();
      return stopping;
    },
  };
}

/** The policy of pages treats files and sockets of one host as different places. */
function connectSourcesOf(origin: string): string[] {
  return [origin, origin.replace(/^http/, 'ws')];
}

function healthRoute(counts: () => { peers: number; volunteers: number }): Route {
  return async (exchange, path) => {
    if (path !== '/healthz') return false;
    await answerJson(exchange, { status: 'ok', ...counts() }, 'no-store');
    return true;
  };
}

function metricsRoute(metrics: ReturnType<typeof createMetrics>): Route {
  return async ({ request, response }, path) => {
    if (path !== '/metrics') return false;
    const text = await metrics.render();
    response.setHeader('Content-Type', metrics.contentType);
    response.setHeader('Cache-Control', 'no-store');
    response.end(request.method === 'HEAD' ? undefined : text);
    return true;
  };
}

function historyRoute(history: RelayCore['history']): Route {
  return async (exchange, path) => {
    if (path !== HISTORY_PATH) return false;
    await answerJson(exchange, history.read());
    return true;
  };
}

/** What the site says about who runs it. Without settings, a file of that name in the site's folder does. */
function operatorRoutes({ operator = {} }: RelayOptions): Route[] {
  if (Object.keys(operator).length === 0) return [];
  return [
    async (exchange, path) => {
      if (path !== SITE_FACTS_PATH) return false;
      await answerJson(exchange, { operator });
      return true;
    },
  ];
}

function staticRoutes(options: RelayOptions): Route[] {
  const routes = Object.entries(options.staticDirs ?? {}).map(([prefix, directory]): Route => {
    const files = createSiteFiles(directory);
    return async (exchange, path) =>
      path.startsWith(`${prefix}/`) ? files.answer(exchange, path.slice(prefix.length)) : false;
  });
  const sdk = createSiteFiles(options.sdkDir ?? defaultSdkDir());
  routes.push(async (exchange, path) =>
    path.startsWith('/sdk/') ? sdk.answer(exchange, path.slice('/sdk'.length)) : false,
  );
  const site = createSiteFiles(options.siteDir ?? defaultSiteDir());
  return [...routes, (exchange, path) => site.answer(exchange, path)];
}
