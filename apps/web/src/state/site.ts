import type { Peer } from '@manyhands/peer/create-peer';
import type { PathSettings } from '@manyhands/peer/join-swarm';
import { createMemoryCircleStore } from '@manyhands/swarm/circle-store';
import type { KeyDatabase } from '@manyhands/swarm/key-database';
import { computed, type ReadonlySignal, signal } from '@preact/signals';
import { type BenchRun, createBenchRun, type StartBench } from './bench.ts';
import { type Blocked, createBlocked } from './blocked.ts';
import { type CatalogState, createCatalogState, type ReadCatalog } from './catalog.ts';
import { type Chat, createChat } from './chat.ts';
import { type CircleDialog, createCircleDialog } from './circle-dialog.ts';
import { type Circles, type CirclesDeps, createCircles } from './circles.ts';
import { type Composer, createComposer } from './composer.ts';
import { type Connection, createConnection } from './connection.ts';
import { type Consents, createConsents } from './consents.ts';
import { type Contribution, createContribution } from './contribution.ts';
import { type ContributionHistory, createContributionHistory } from './contribution-history.ts';
import type { SettingsStore } from './contribution-settings.ts';
import {
  type Conversations,
  type ConversationsDeps,
  createConversations,
} from './conversations.ts';
import { type CoverageEvent, createCoverageEvents } from './coverage-events.ts';
import { createEnergy, type Energy } from './energy.ts';
import type { Environment } from './environment.ts';
import type { WatchConditions } from './guest.ts';
import { createHistory, type History } from './history.ts';
import { PREFLIGHT_RELAY_WAIT_MS } from './limits.ts';
import { createLocalModel, type LocalModel, RESTING } from './local-model.ts';
import { createModelSpeeds, type ModelSpeeds } from './model-speeds.ts';
import { createNetworkHistory, type NetworkHistory, type ReadHistory } from './network-history.ts';
import type { runPreflight } from './open-peer.ts';
import { createPaths, type Paths } from './paths.ts';
import { createPreflight, type Preflight, reachIceServers } from './preflight.ts';
import { createReportDesk, type ReportDesk } from './report.ts';
import type { SiteFacts } from './site-facts.ts';
import { createStorageState, type StorageState } from './storage.ts';
import { NO_STORAGE_DEVICE, type StorageDevice } from './storage-device.ts';
import { createTiers, type Scope, type Tiers } from './tiers.ts';
import { createVolunteers, type Volunteers } from './volunteers.ts';

export interface SiteDeps {
  readonly openPeer: (paths: PathSettings, scope: Scope) => Promise<Peer>;
  readonly startBench: StartBench;
  readonly runPreflight: typeof runPreflight;
  readonly watchConditions: WatchConditions;
  readonly readCatalog: ReadCatalog;
  /** Left out where nothing of it is shown. */
  readonly readFacts?: () => Promise<SiteFacts>;
  /** Left out where no page shows it. */
  readonly readHistory?: ReadHistory;
  readonly environment: Environment;
  /** Without it there is no choice and nothing is remembered of one: the page is Public. */
  readonly circles?: CirclesDeps;
  readonly localStorage: Storage | undefined;
  readonly sessionStorage: Storage | undefined;
  /** Where conversations are kept and other tabs hear of them; without it each lives with its tab. */
  readonly conversations?: Pick<ConversationsDeps, 'openDatabase' | 'channel' | 'locks'>;
  /** Where the days of contributions are kept; without it they are of this visit. */
  readonly historyDatabase?: KeyDatabase;
  /** A frame's own limits. */
  readonly settingsStore?: SettingsStore;
  /** Left out where nobody looks at what is kept. */
  readonly storageDevice?: StorageDevice;
  /** Leaves for the page that deletes everything. */
  readonly goErase?: () => void;
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
  readonly volunteers: Volunteers;
  readonly networkHistory: NetworkHistory;
  /** Which blocks nobody held, and somebody again, while this tab was open; newest first. */
  readonly coverageEvents: ReadonlySignal<readonly CoverageEvent[]>;
  readonly catalog: CatalogState;
  readonly contribution: Contribution;
  /** What this browser gave, day by day. */
  readonly contributionHistory: ContributionHistory;
  readonly energy: Energy;
  readonly preflight: Preflight;
  readonly conversations: Conversations;
  readonly history: History;
  readonly chat: Chat;
  readonly blocked: Blocked;
  readonly reportDesk: ReportDesk;
  readonly composer: Composer;
  readonly modelSpeeds: ModelSpeeds;
  readonly bench: BenchRun;
  /** Consents in frames on other sites, where the browser lets those frames share this storage. */
  readonly consents: Consents;
  readonly storage: StorageState;
  /** Says goodbye before the page goes away; a tab that vanishes without it costs others a repair. */
  leave(): void;
  /** The page came back from the browser's back-forward cache. */
  resume(): void;
}

/** A browser that keeps nothing. */
const NO_DATABASE: KeyDatabase = {
  read: () => Promise.reject(new Error('Nothing is kept here.')),
  change: () => Promise.reject(new Error('Nothing is kept here.')),
};

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
  const contributionHistory = createContributionHistory(deps.historyDatabase ?? NO_DATABASE);
  const contribution = createContribution({
    history: contributionHistory,
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
  const conversations = createConversations({
    ...deps.conversations,
    scope: tiers.conversationKey,
    sessionStorage,
  });
  const blocked = createBlocked(localStorage);
  const chat = createChat({
    connection,
    catalog,
    tiers,
    conversations,
    blocked,
    localRoot,
    localStorage,
  });
  const history = createHistory({
    conversations,
    circles,
    scope: tiers.conversationKey,
    localStorage,
  });
  const circleDialog = createCircleDialog({ circles, tiers, conversations });
  const bench = createBenchRun(deps.startBench, localStorage);
  const storage = createStorageState({
    device: deps.storageDevice ?? NO_STORAGE_DEVICE,
    localStorage,
    collections: {
      conversations: {
        facts: async () => {
          await conversations.load();
          return conversations.facts.value;
        },
        deleteAll: conversations.deleteAll,
      },
      contributionHistory: {
        facts: async () => ({
          count: contributionHistory.days.value.length,
          bytes: contributionHistory.sizeBytes.value,
        }),
        deleteAll: contributionHistory.deleteAll,
      },
    },
    usedHere: computed(() => {
      const states = [contribution.state.value, localModel.state.value];
      return new Set(
        states.flatMap(({ phase, modelRoot }) =>
          RESTING.includes(phase) ? [] : (modelRoot ?? []),
        ),
      );
    }),
    async stopAll() {
      bench.stop();
      chat.stopAll();
      await Promise.all([contribution.stop(), localModel.unload()]);
    },
    goErase: () => deps.goErase?.(),
  });
  let scope = tiers.scope.value;
  tiers.scope.subscribe((next) => {
    if (next === scope) return;
    scope = next;
    // Nothing of one tier goes on in another: neither links, nor sessions, nor a socket.
    chat.stopAll();
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
    volunteers: createVolunteers(connection),
    networkHistory: createNetworkHistory(deps.readHistory ?? (async () => undefined)),
    coverageEvents: createCoverageEvents(connection.network, tiers.scope),
    catalog,
    contribution,
    contributionHistory,
    energy: createEnergy(localStorage),
    preflight,
    conversations,
    history,
    chat,
    blocked,
    reportDesk: createReportDesk(connection),
    composer: createComposer(chat),
    modelSpeeds: createModelSpeeds(connection),
    bench,
    consents: createConsents(localStorage),
    storage,
    leave: () => {
      bench.stop();
      // As far as it got, and not as one that was stopped: whoever comes back may go on with it.
      conversations.handOver();
      chat.stopAll();
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
