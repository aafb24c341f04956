import type { NetworkView, Peer } from '@manyhands/peer/create-peer';
import type { PathSettings, RelayStatus } from '@manyhands/peer/join-swarm';
import type { AnswerEvent, AnswerRequest } from '@manyhands/peer/requester/answer';
import type { Pause } from '@manyhands/peer/volunteer/choose-pause';
import type {
  StageWork,
  VolunteerOptions,
  VolunteerState,
} from '@manyhands/peer/volunteer/volunteer-state';
import type { DirectoryEntry } from '@manyhands/protocol/directory';

/** A peer whose every report a test decides. Never part of the product. */
export interface PeerDouble extends Peer {
  readonly requests: readonly AnswerRequest[];
  readonly starts: readonly VolunteerOptions[];
  readonly shares: readonly number[];
  /** Pauses as they were set, in order. */
  readonly pauses: readonly (Pause | undefined)[];
  readonly stopCount: number;
  readonly paths: readonly PathSettings[];
  isDisposed: boolean;
  reportRelay(status: RelayStatus): void;
  reportNetwork(network: NetworkView): void;
  reportVolunteers(modelRoot: string, entries: readonly DirectoryEntry[]): void;
  reportVolunteer(changes: Partial<VolunteerState>): void;
  reportWork(work: StageWork): void;
}

export interface PeerDoubleOptions {
  readonly peerId?: string;
  /** What the requester yields; it must look at the signal itself. */
  readonly answer?: (request: AnswerRequest, signal?: AbortSignal) => AsyncIterable<AnswerEvent>;
  /** What a token of a model should take, by its root. */
  readonly tokenMs?: Readonly<Record<string, number>>;
  /** What `start` does, after it was recorded. */
  readonly start?: (double: PeerDouble) => Promise<void>;
  /** What `stop` waits for. */
  readonly stop?: (double: PeerDouble) => Promise<void>;
}

const IDLE: VolunteerState = {
  phase: 'idle',
  weightBytes: 0,
  kvBytes: 0,
  sessionCount: 0,
  linkCount: 0,
  tokensServed: 0,
  bytesSent: 0,
  bytesReceived: 0,
  recoveries: 0,
  isRelayConnected: true,
};

export function createPeerDouble(options: PeerDoubleOptions = {}): PeerDouble {
  const requests: AnswerRequest[] = [];
  const starts: VolunteerOptions[] = [];
  const shares: number[] = [];
  const pauses: (Pause | undefined)[] = [];
  let stopCount = 0;
  const paths: PathSettings[] = [];
  const relayListeners = new Set<(status: RelayStatus) => void>();
  const entryListeners = new Map<string, (entries: readonly DirectoryEntry[]) => void>();
  const networkListeners = new Set<(network: NetworkView) => void>();
  const volunteerListeners = new Set<(state: VolunteerState) => void>();
  const workListeners = new Set<(work: StageWork) => void>();
  let relay: RelayStatus = { state: 'open' };
  let state = IDLE;

  const double: PeerDouble = {
    peerId: options.peerId ?? 'thisTabOfMineXXXXXXXXX.tabXXXXXXXX',
    requests,
    starts,
    shares,
    pauses,
    get stopCount() {
      return stopCount;
    },
    iceServers: [],
    paths,
    isDisposed: false,
    requester: {
      answer: (request, signal) => {
        requests.push(request);
        return options.answer?.(request, signal) ?? nothing();
      },
    },
    embedder: {
      embed: () => Promise.reject(new Error('No page asks for vectors.')),
    },
    forecaster: {
      forecast: async (modelRoot) => options.tokenMs?.[modelRoot],
    },
    volunteer: {
      get state() {
        return state;
      },
      subscribe: (listener) => {
        volunteerListeners.add(listener);
        return () => volunteerListeners.delete(listener);
      },
      watchWork: (listener) => {
        workListeners.add(listener);
        return () => workListeners.delete(listener);
      },
      start: async (started) => {
        starts.push(started);
        await options.start?.(double);
      },
      setGpuShare: (share) => {
        shares.push(share);
      },
      setPause: (pause) => {
        pauses.push(pause);
      },
      stop: async () => {
        stopCount += 1;
        await options.stop?.(double);
        double.reportVolunteer({ ...IDLE, phase: 'stopped' });
      },
    },
    subscribeRelay: (listener) => {
      relayListeners.add(listener);
      listener(relay);
      return () => relayListeners.delete(listener);
    },
    setPaths: (chosen) => {
      paths.push(chosen);
    },
    reconnect: () => double.reportRelay({ state: 'connecting' }),
    report: async () => 'sent',
    watchNetwork: (listener) => {
      networkListeners.add(listener);
      return () => networkListeners.delete(listener);
    },
    watchVolunteers: (modelRoot, listener) => {
      entryListeners.set(modelRoot, listener);
      return () => entryListeners.delete(modelRoot);
    },
    dispose: () => {
      double.isDisposed = true;
    },
    reportRelay: (status) => {
      relay = status;
      for (const listener of relayListeners) listener(status);
    },
    reportNetwork: (network) => {
      for (const listener of networkListeners) listener(network);
    },
    reportVolunteers: (modelRoot, entries) => entryListeners.get(modelRoot)?.(entries),
    reportWork: (work) => {
      for (const listener of workListeners) listener(work);
    },
    reportVolunteer: (changes) => {
      state = { ...state, ...changes };
      for (const listener of volunteerListeners) listener(state);
    },
  };
  return double;
}

async function* nothing(): AsyncIterable<AnswerEvent> {
  // An answer that ends without a word, as no requester should.
}
