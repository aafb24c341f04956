import type { EmbeddingHandle } from '@manyhands/engine/onnx/create-embedding-engine';
import type { LoadEmbeddingOptions } from '@manyhands/engine/onnx/embedding-api';
import type { EngineHandle } from '@manyhands/engine/worker/create-engine';
import type { LoadStageOptions } from '@manyhands/engine/worker/engine-api';
import type { DirectoryEntry } from '@manyhands/protocol/directory';
import type { Announcement } from '@manyhands/swarm/announcer';
import { createIdentity } from '@manyhands/swarm/identity';
import type { Transport } from '@manyhands/swarm/link';
import { createMemoryHub, createMemoryTransport } from '@manyhands/swarm/memory-transport';
import { createTicker } from '../ticker.ts';
import { createVolunteer, type VolunteerRelay } from '../volunteer/volunteer.ts';
import type { Volunteer, VolunteerState } from '../volunteer/volunteer-state.ts';
import { TOY_CARD, TOY_EMBEDDING_ROOT } from './toy-embedding-swarm.ts';
import { createToyEngine, TOY_HIDDEN_SIZE } from './toy-engine.ts';
import { TOY_BLOCKS, TOY_ROOT } from './toy-swarm.ts';

/** One engine worker of a volunteer under test: what it was asked for, and ways to fail it. */
export interface ToyWorker {
  readonly loads: readonly (LoadStageOptions | LoadEmbeddingOptions)[];
  readonly isTerminated: boolean;
  /** The graphics device is gone. */
  loseDevice(): void;
  /** The worker died. */
  crash(): void;
}

export interface ToyVolunteerSetup {
  readonly volunteer: Volunteer;
  readonly workers: readonly ToyWorker[];
  readonly states: readonly VolunteerState[];
  /** Announced and not withdrawn. */
  readonly isAnnounced: boolean;
  /** What the directory was told, in order; `undefined` where it withdrew. */
  readonly announced: readonly (DirectoryEntry['state'] | undefined)[];
  /** What it was told last. */
  readonly announcement: Announcement | undefined;
  /** Tokens of answers in all, as the next tally would have them. */
  readonly tokensAnswered: number | undefined;
  /** The page froze, or has proven that it runs. */
  setAwake(isAwake: boolean): void;
  readonly peerId: string;
  /** A stranger's transport of the same network. */
  stranger(): Promise<Transport>;
  /** The next load rejects with this. */
  failNextLoad(code: string): void;
  /** The relay refuses something, and goes on. */
  refuse(code: 'embed-full' | 'stale-entry'): void;
}

const ALL_BLOCKS = {
  kind: 'blocks',
  modelRoot: TOY_ROOT,
  firstBlock: 0,
  endBlock: TOY_BLOCKS,
  embeds: true,
  heads: true,
} as const;

const ROSTER = {
  modelRoot: TOY_ROOT,
  entries: [],
  coverage: undefined,
  isCurrent: true,
  droppedCount: 0,
  subscribe: () => () => undefined,
  dispose: () => undefined,
};

/** A volunteer with toy engines and a relay that proposes all blocks, or a whole model. */
export async function createToyVolunteer(
  kind: 'blocks' | 'embedding' = 'blocks',
): Promise<ToyVolunteerSetup> {
  const hub = createMemoryHub();
  const join = async (): Promise<Transport> => {
    const { publicIdentity: identity } = await createIdentity();
    return createMemoryTransport(hub, { identity });
  };
  const transport = await join();
  const announced: (DirectoryEntry['state'] | undefined)[] = [];
  let setAwake: (isAwake: boolean) => void = () => undefined;
  const workers: ToyWorker[] = [];
  const loadFailures: string[] = [];
  let isAnnounced = false;
  let refuse: ToyVolunteerSetup['refuse'] = () => undefined;
  let announcement: Announcement | undefined;
  let countServed: (() => number) | undefined;
  const relay: VolunteerRelay = {
    state: 'open',
    error: undefined,
    subscribe: () => () => undefined,
    announce: (describe, newCount) => {
      isAnnounced = true;
      countServed = newCount;
      announcement = describe();
      announced.push(announcement.state);
    },
    withdraw: () => {
      if (isAnnounced) announced.push(undefined);
      isAnnounced = false;
    },
    requestPlacement: async () => ({
      type: 'placement-proposal',
      requestId: 1,
      proposal: kind === 'blocks' ? ALL_BLOCKS : { kind, modelRoot: TOY_EMBEDDING_ROOT },
      reason: 'Nobody holds anything.',
    }),
    watch: () => ROSTER,
    onRefused: (handler) => {
      refuse = (code) =>
        handler({ type: 'refused', code, message: 'The relay says no.', fatal: false });
      return () => undefined;
    },
  };
  const volunteer = createVolunteer({
    createEngine: () => {
      const { engine, worker } = createWorkerDouble(loadFailures);
      workers.push(worker);
      return engine;
    },
    createEmbeddingEngine: () => {
      const { engine, worker } = createEmbeddingWorkerDouble();
      workers.push(worker);
      return engine;
    },
    relay,
    transport,
    ticker: createTicker(),
    locate: async () => ({ manifestUrl: '/manifest', sourceUrls: ['/model'] }),
    deviceKind: 'desktop',
    watchWakefulness: (onChange) => {
      setAwake = onChange;
      return () => undefined;
    },
  });
  const states: VolunteerState[] = [];
  volunteer.subscribe((state) => states.push(state));
  return {
    volunteer,
    workers,
    states,
    get isAnnounced() {
      return isAnnounced;
    },
    announced,
    get announcement() {
      return announcement;
    },
    get tokensAnswered() {
      return countServed?.();
    },
    setAwake: (isAwake) => setAwake(isAwake),
    refuse: (code) => refuse(code),
    peerId: transport.peerId,
    stranger: join,
    failNextLoad: (code) => loadFailures.push(code),
  };
}

/** The life of a worker: what loses it, and whether it was ended. */
function createLife(loads: ToyWorker['loads']) {
  let isTerminated = false;
  let lose: (reason: string) => void = () => undefined;
  let crash: (error: Error) => void = () => undefined;
  const lost = new Promise<string>((resolve, reject) => {
    lose = resolve;
    crash = reject;
  });
  lost.catch(() => undefined);
  const worker: ToyWorker = {
    loads,
    get isTerminated() {
      return isTerminated;
    },
    loseDevice: () => lose('unknown: the driver was reset'),
    crash: () => crash(Object.assign(new Error('the worker ended'), { code: 'disposed' })),
  };
  const life = {
    setGpuShare: async () => undefined,
    whenTuned: async () => ({ choices: {} }),
    whenLost: () => lost,
    unload: async () => undefined,
    terminate: () => {
      isTerminated = true;
    },
  };
  return { worker, life };
}

function createWorkerDouble(loadFailures: string[]) {
  const loads: LoadStageOptions[] = [];
  const { worker, life } = createLife(loads);
  const { openSession, closeSession, step } = createToyEngine({ vocabSize: 100 });
  const engine: EngineHandle = {
    ...life,
    openSession,
    closeSession,
    step,
    probe: async () => ({ wasm: 'relaxed' }),
    async loadStage(options) {
      loads.push(options);
      const code = loadFailures.shift();
      if (code !== undefined) throw Object.assign(new Error(`no: ${code}`), { code });
      return {
        ...options,
        hiddenSize: TOY_HIDDEN_SIZE,
        blockCount: TOY_BLOCKS,
        contextLength: 256,
        vocabSize: 100,
        numericClass: 'wasm-f32',
        weightBytes: 1000,
        msPerBlock: 1,
        backend: options.backend === 'wasm' ? 'wasm' : 'webgpu',
        threadCount: 1,
        backendReason: { code: 'chosen' },
      };
    },
    stats: async () => ({
      weightBytes: 1000,
      kvBytes: 0,
      keptBytes: 0,
      allocatedBytes: 1000,
      sessionCount: 0,
      dispatchCount: 0,
      busyMs: 12,
    }),
  };
  return { engine, worker };
}

function createEmbeddingWorkerDouble() {
  const loads: LoadEmbeddingOptions[] = [];
  const { worker, life } = createLife(loads);
  const engine: EmbeddingHandle = {
    ...life,
    async load(options) {
      loads.push(options);
      const { provider = 'webgpu' } = options;
      return {
        modelRoot: TOY_EMBEDDING_ROOT,
        card: TOY_CARD,
        numericClass: `onnx-${provider}`,
        weightBytes: 1,
        choice: { provider, msPerText: {}, reason: { code: 'chosen' } },
        msPerText: 1,
      };
    },
    embed: () => Promise.reject(new Error('Nobody asks here.')),
  };
  return { engine, worker };
}
