import type { CatalogViewEntry } from '@manyhands/model/catalog';
import type { CheckResult } from '@manyhands/peer/preflight/check';
import { type CircleStore, createMemoryCircleStore } from '@manyhands/swarm/circle-store';
import type { StartBench } from '../state/bench.ts';
import {
  type ConversationDatabase,
  createMemoryDatabase as createMemoryConversations,
} from '../state/conversation-database.ts';
import type { Environment } from '../state/environment.ts';
import { createSite, type Site } from '../state/site.ts';
import type { SiteFacts } from '../state/site-facts.ts';
import type { Scope } from '../state/tiers.ts';
import { catalogEntry } from './catalog-entry.ts';
import { type ConditionsDouble, createConditionsDouble } from './conditions-double.ts';
import { createMemoryDatabase } from './memory-database.ts';
import { createMemoryStorage } from './memory-storage.ts';
import { createPeerDouble, type PeerDouble, type PeerDoubleOptions } from './peer-double.ts';

export interface SiteDouble {
  readonly site: Site;
  readonly peer: PeerDouble;
  readonly sessionStorage: Storage;
  readonly conditions: ConditionsDouble;
  /** What each peer was opened for. */
  readonly scopes: readonly Scope[];
  /** How deep each preflight went. */
  readonly preflights: readonly string[];
}

export interface SiteDoubleOptions extends PeerDoubleOptions {
  readonly entries?: readonly CatalogViewEntry[];
  readonly environment?: Partial<Environment>;
  readonly startBench?: StartBench;
  /** Of an earlier visit. */
  readonly storage?: Storage;
  readonly checks?: readonly CheckResult[];
  readonly facts?: SiteFacts;
  readonly circleStore?: CircleStore;
  /** Of the same tab before a reload. */
  readonly sessionStorage?: Storage;
  /** What another tab of the same browser sees too. */
  readonly database?: ConversationDatabase;
}

const CAPABLE: Environment = {
  isSecureContext: true,
  hasWebGpu: true,
  hasWasmSimd: true,
  hasWebRtc: true,
  deviceMemoryGb: 8,
};

/** The real state over a peer whose reports the test decides, with the catalogue already read. */
export async function createSiteDouble(options: SiteDoubleOptions = {}): Promise<SiteDouble> {
  const peer = createPeerDouble(options);
  const conditions = createConditionsDouble();
  const preflights: string[] = [];
  const scopes: Scope[] = [];
  const sessionStorage = options.sessionStorage ?? createMemoryStorage();
  const site = createSite({
    openPeer: async (_, scope) => {
      scopes.push(scope);
      return peer;
    },
    circles: { store: options.circleStore ?? createMemoryCircleStore() },
    startBench: options.startBench ?? (async () => ({ stop: () => undefined })),
    runPreflight: async ({ depth }) => {
      preflights.push(depth);
      return options.checks ?? [];
    },
    watchConditions: conditions.watch,
    readCatalog: async () => ({ version: 1, entries: [...(options.entries ?? [catalogEntry()])] }),
    readFacts: async () => options.facts ?? {},
    environment: { ...CAPABLE, ...options.environment },
    conversations: { openDatabase: () => options.database ?? createMemoryConversations() },
    historyDatabase: createMemoryDatabase(),
    localStorage: options.storage ?? createMemoryStorage(),
    sessionStorage,
  });
  await site.catalog.refresh();
  await site.circles.refresh();
  if (site.tiers.scope.value !== undefined) await site.connection.peer();
  return { site, peer, sessionStorage, conditions, preflights, scopes };
}
