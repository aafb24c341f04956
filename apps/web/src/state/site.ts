import type { Peer } from '@manyhands/peer/create-peer';
import type { PathSettings } from '@manyhands/peer/join-swarm';
import { createMemoryCircleStore } from '@manyhands/swarm/circle-store';
import { type ReadonlySignal, signal } from '@preact/signals';
import { type BenchRun, createBenchRun, type StartBench } from './bench.ts';
import { type CatalogState, createCatalogState, type ReadCatalog } from './catalog.ts';
import { type Chat, createChat } from './chat.ts';
import { type CircleDialog, createCircleDialog } from './circle-dialog.ts';
import { type Circles, type CirclesDeps, createCircles } from './circles.ts';
import { type Connection, createConnection } from './connection.ts';
import { type Consents, createConsents } from './consents.ts';
import { type Contribution, createContribution } from './contribution.ts';
import type { SettingsStore } from './contribution-settings.ts';
import type { Environment } from './environment.ts';
import type { WatchConditions } from './guest.ts';
import { PREFLIGHT_RELAY_WAIT_MS } from './limits.ts';
import { createLocalModel, type LocalModel } from './local-model.ts';
import type { runPreflight } from './open-peer.ts';
import { createPaths, type Paths } from './paths.ts';
import { createPreflight, type Preflight, reachIceServers } from './preflight.ts';
import type { SiteFacts } from './site-facts.ts';
import { createTiers, type Scope, type Tiers } from './tiers.ts';

export interface SiteDeps {
  readonly openPeer: (paths: PathSettings, scope: Scope) => Promise<Peer>;
  readonly startBench: StartBench;
  readonly runPreflight: typeof runPreflight;
  readonly watchConditions: WatchConditions;
  readonly readCatalog: ReadCatalog;
  /** Left out where nothing of it is shown. */
  readonly readFacts?: () => Promise<SiteFacts>;
  readonly environment: Environment;
  /** Without it there is no choice and nothing is remembered of one: the page is Public. */
  readonly circles?: CirclesDeps;
  readonly localStorage: Storage | undefined;
  readonly sessionStorage: Storage | undefined;
  /** A frame's own limits. */
  readonly settingsStore?: SettingsStore;
}

/** All state of the site: pages read signals from it and call its functions, nothing else. */
export interface Site {
  readonly environment: Environment;
  /** What the operator says about this site; nothing until it is read. */
  readonly facts: ReadonlySignal<SiteFacts>;
  readonly connection: Connection;
  readonly paths: Paths;
  readonly circles: Circles;
  readonly tiers: Tiers;
  readonly circleDialog: CircleDialog;
  readonly localModel: LocalModel;
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
  const facts = signal<SiteFacts>({});
  void deps.readFacts?.().then((read) => {
    facts.value = read;
  });
  const paths = createPaths(localStorage);
  const circles = createCircles(deps.circles ?? { store: createMemoryCircleStore() });
  const tiers = createTiers({ circles, storage: deps.circles && localStorage });
  const connection = createConnection(deps.openPeer, paths, tiers.scope);
  const catalog = createCatalogState(deps.readCatalog);
  const contribution = createContribution({
    connection,
    catalog,
    environment,
    storage: localStorage,
    settingsStore: deps.settingsStore,
    watchConditions: deps.watchConditions,
    remembersSpeed: () => tiers.tier.value === 'public',
  });
  const preflight = createPreflight(async (depth) => {
    const waitMs = depth === 'thorough' ? PREFLIGHT_RELAY_WAIT_MS : 0;
    const iceServers = await reachIceServers(connection, waitMs);
    return deps.runPreflight({ depth, hasWasmSimd: environment.hasWasmSimd, iceServers });
  });
  const localModel = createLocalModel({ connection, settings: contribution.settings });
  const localRoot = localModel.readyRoot;
  const chat = createChat({ connection, catalog, tiers, localRoot, localStorage, sessionStorage });
  const circleDialog = createCircleDialog({ circles, tiers, sessionStorage });
  const bench = createBenchRun(deps.startBench);
  let scope = tiers.scope.value;
  tiers.scope.subscribe((next) => {
    if (next === scope) return;
    scope = next;
    // Nothing of one tier goes on in another: neither links, nor sessions, nor a socket.
    chat.stop();
    contribution.forget();
    localModel.forget();
    connection.close();
    connection.retry();
  });
  void circles.refresh();
  return {
    environment,
    facts,
    connection,
    paths,
    circles,
    tiers,
    circleDialog,
    localModel,
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
      localModel.forget();
      connection.close();
    },
    resume: () => {
      connection.retry();
      void catalog.refresh();
    },
  };
}
