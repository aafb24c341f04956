import { createEmbeddingEngine } from '@manyhands/engine/onnx/create-embedding-engine';
import {
  createEngine as createWorkerEngine,
  type EngineHandle,
} from '@manyhands/engine/worker/create-engine';
import type { DirectoryEntry } from '@manyhands/protocol/directory';
import type { FromRelayOf } from '@manyhands/protocol/relay-message';
import type { Circle } from '@manyhands/swarm/circle';
import type { RelayLink } from '@manyhands/swarm/relay-link';
import type { Roster } from '@manyhands/swarm/roster';
import { startSocketWorker } from '@manyhands/swarm/start-socket-worker';
import { createWorkerSocketHost } from '@manyhands/swarm/worker-socket-host';
import { joinCircle } from './circle/join-circle.ts';
import { type JoinedSwarm, joinSwarm, type SwarmOptions } from './join-swarm.ts';
import { createReporter, type Reporter } from './report.ts';
import { type Askers, createAskers } from './requester/create-askers.ts';
import { createPromptCoders } from './requester/prompt-coders.ts';
import { startPromptWorker } from './requester/start-prompt-worker.ts';
import { startTickerWorker } from './start-ticker-worker.ts';
import { createTicker } from './ticker.ts';
import { createVolunteer } from './volunteer/volunteer.ts';
import type { Volunteer } from './volunteer/volunteer-state.ts';
import { createWakefulness } from './volunteer/wakefulness.ts';

export interface PeerOptions extends SwarmOptions {
  /** What computes when this tab serves blocks; benchmarks of the network put a stand-in here. */
  readonly createEngine?: () => EngineHandle;
  /** Only among its members: they alone are found, asked and answered. */
  readonly circle?: Circle;
}

/** All models and their coverage, as the relay reports them. */
export type NetworkView = Omit<FromRelayOf<'network'>, 'type'>;

/** One tab in the swarm: it may serve, ask, or both. Making one downloads no weights and computes nothing. */
export interface Peer
  extends Askers,
    Reporter,
    Pick<JoinedSwarm, 'peerId' | 'subscribeRelay' | 'setPaths'> {
  readonly volunteer: Volunteer;
  /** What the relay recommends for WebRTC; nothing before it was reached. */
  readonly iceServers: RelayLink['iceServers'];
  /** Tries the relay again now. */
  reconnect(): void;
  /** Calls with every network message until the returned remover runs. */
  watchNetwork(listener: (network: NetworkView) => void): () => void;
  /**
   * Calls at once, and after every change, with those who hold a model, as they signed it: a bounded sample.
   * Throws `over-limit` where too many models are watched. Returns a remover.
   */
  watchVolunteers(
    modelRoot: string,
    listener: (entries: readonly DirectoryEntry[]) => void,
  ): () => void;
  /** The page goes away: leaves the directory and closes every link, synchronously. */
  dispose(): void;
}

/** Joins the swarm of a relay. Rejects with `SwarmError` where the browser cannot take part. */
export async function createPeer({
  createEngine = createWorkerEngine,
  circle,
  ...options
}: PeerOptions): Promise<Peer> {
  // One worker holds the sockets and every timer that must not be slowed down with a hidden page.
  const openHost = () => createWorkerSocketHost(startSocketWorker());
  const among = circle && { circle, join: joinCircle };
  const swarm = await joinSwarm(options, openHost, among);
  const { relay, transport, catalog, host } = swarm;
  const ticker = createTicker(startTickerWorker);
  const coders = createPromptCoders(startPromptWorker);
  const volunteer = createVolunteer({
    createEngine,
    createEmbeddingEngine,
    relay,
    transport,
    ticker,
    locate: (modelRoot, signal) => catalog.locate(modelRoot, signal),
    deviceKind: deviceKindOf(navigator.userAgent),
    watchWakefulness: createWakefulness({ document, setTimer: host.setTimer, nowMs: Date.now }),
  });
  return {
    ...createAskers(swarm, { ticker, coders }),
    ...createReporter(relay),
    peerId: swarm.peerId,
    volunteer,
    get iceServers() {
      return relay.iceServers;
    },
    subscribeRelay: swarm.subscribeRelay,
    setPaths: swarm.setPaths,
    reconnect: () => relay.reconnect(),
    watchNetwork: (listener) => relay.watchNetwork(({ type: _type, ...view }) => listener(view)),
    watchVolunteers: (modelRoot, listener) => watchEntries(relay.watch(modelRoot), listener),
    dispose() {
      relay.withdraw();
      // The worker frees the GPU with the page; what matters is that nobody is sent here any more.
      volunteer.stop('at-once').catch(() => undefined);
      swarm.dispose();
      coders.dispose();
    },
  };
}

function watchEntries(
  roster: Pick<Roster, 'entries' | 'subscribe' | 'dispose'>,
  listener: (entries: readonly DirectoryEntry[]) => void,
): () => void {
  const tell = (): void => listener(roster.entries);
  const unsubscribe = roster.subscribe(tell);
  tell();
  return () => {
    unsubscribe();
    roster.dispose();
  };
}

/** Only the kind of device is published: for the network page, never to tell people apart. */
function deviceKindOf(userAgent: string): DirectoryEntry['deviceKind'] {
  if (/iPad|Tablet|Android(?!.*Mobile)/.test(userAgent)) return 'tablet';
  if (/Mobi|iPhone/.test(userAgent)) return 'phone';
  if (/Windows|Macintosh|Linux|CrOS/.test(userAgent)) return 'desktop';
  return 'unknown';
}
