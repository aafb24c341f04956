import type { PathSettings, Peer } from '@manyhands/peer/create-peer';
import { type BenchRun, createBenchRun, type StartBench } from './bench.ts';
import { type CatalogState, createCatalogState, type ReadCatalog } from './catalog.ts';
import { type Chat, createChat } from './chat.ts';
import { type Connection, createConnection } from './connection.ts';
import { type Consents, createConsents } from './consents.ts';
import { type Contribution, createContribution } from './contribution.ts';
import type { SettingsStore } from './contribution-settings.ts';
import type { Environment } from './environment.ts';
import type { WatchConditions } from './guest.ts';
import type { runPreflight } from './open-peer.ts';
import { createPaths, type Paths } from './paths.ts';
import { createPreflight, type Preflight } from './preflight.ts';

export interface SiteDeps {
  readonly openPeer: (paths: PathSettings) => Promise<Peer>;
  readonly startBench: StartBench;
  readonly runPreflight: typeof runPreflight;
  readonly watchConditions: WatchConditions;
  readonly readCatalog: ReadCatalog;
  readonly environment: Environment;
  readonly localStorage: Storage | undefined;
  readonly sessionStorage: Storage | undefined;
  /** A frame's own limits. */
  readonly settingsStore?: SettingsStore;
}

/** All state of the site: pages read signals from it and call its functions, nothing else. */
export interface Site {
  readonly environment: Environment;
  readonly connection: Connection;
  readonly paths: Paths;
  readonly catalog: CatalogState;
  readonly contribution: Contribution;
  readonly preflight: Preflight;
  readonly chat: Chat;
  readonly bench: BenchRun;
  /** Consents in frames on other sites, where the browser lets those frames share this storage. */
  readonly consents: Consents;
  /** Says goodbye before the page goes away; a tab that vanishes without it costs others a repair. */
  leave(): void;
  /** The page came back from the browser's back-forward cache. */
  resume(): void;
}

export function createSite(deps: SiteDeps): Site {
  const { environment, localStorage, sessionStorage } = deps;
  const paths = createPaths(localStorage);
  const connection = createConnection(deps.openPeer, paths);
  const catalog = createCatalogState(deps.readCatalog);
  const contribution = createContribution({
    connection,
    catalog,
    environment,
    storage: localStorage,
    settingsStore: deps.settingsStore,
    watchConditions: deps.watchConditions,
  });
  const preflight = createPreflight((depth) =>
    deps.runPreflight({
      depth,
      hasWasmSimd: environment.hasWasmSimd,
      iceServers: connection.iceServers(),
    }),
  );
  const chat = createChat({ connection, catalog, localStorage, sessionStorage });
  const bench = createBenchRun(deps.startBench);
  return {
    environment,
    connection,
    paths,
    catalog,
    contribution,
    preflight,
    chat,
    bench,
    consents: createConsents(localStorage),
    leave: () => {
      bench.stop();
      chat.stop();
      chat.save();
      contribution.forget();
      connection.close();
    },
    resume: () => {
      connection.retry();
      void catalog.refresh();
    },
  };
}
