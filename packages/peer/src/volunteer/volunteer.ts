import type { EmbeddingHandle } from '@manyhands/engine/onnx/create-embedding-engine';
import type { LoadEmbeddingOptions } from '@manyhands/engine/onnx/embedding-api';
import type { EngineHandle } from '@manyhands/engine/worker/create-engine';
import type { AdapterReport, LoadedStage, LoadProgress } from '@manyhands/engine/worker/engine-api';
import type { DirectoryEntry } from '@manyhands/protocol/directory';
import { SESSIONS_MAX } from '@manyhands/protocol/limits';
import type { Announcement } from '@manyhands/swarm/announcer';
import type { Transport } from '@manyhands/swarm/link';
import type { RelayLink } from '@manyhands/swarm/relay-link';
import type { Roster } from '@manyhands/swarm/roster';
import { withDeadline } from '../deadline.ts';
import { PeerError } from '../error.ts';
import { reportError } from '../error-report.ts';
import { STATE_INTERVAL_MS, STOP_TIMEOUT_MS } from '../limits.ts';
import { type ChosenJob, chooseJob } from './choose-job.ts';
import { createEmbeddingJob, type EmbeddingJob } from './embedding-job.ts';
import { createStageHost } from './stage-host.ts';
import { createThroughput } from './throughput.ts';
import type { Volunteer, VolunteerOptions, VolunteerState } from './volunteer-state.ts';

/** The relay, as a volunteer needs it. */
export type VolunteerRelay = Pick<
  RelayLink,
  'state' | 'error' | 'subscribe' | 'announce' | 'withdraw' | 'requestPlacement' | 'watch'
>;

export interface VolunteerDeps {
  readonly createEngine: () => EngineHandle;
  readonly createEmbeddingEngine: () => EmbeddingHandle;
  readonly relay: VolunteerRelay;
  readonly transport: Transport;
  /** Where manifest and weights of a ready model are. Rejects with `model-not-ready`. */
  readonly locate: (
    modelRoot: string,
    signal: AbortSignal,
  ) => Promise<{
    readonly manifestUrl: string;
    readonly sourceUrls: readonly string[];
    /** Of an embedding model. */
    readonly tokenizerUrls?: readonly string[];
  }>;
  readonly deviceKind: DirectoryEntry['deviceKind'];
}

/** One period of serving, from consent to stop. */
interface Run {
  readonly abort: AbortController;
  /** The engine of the job, once the job is chosen; the one of stages before. */
  engine: Pick<EngineHandle, 'setGpuShare' | 'unload' | 'terminate'>;
  host?: { dispose(reason: 'stopped' | 'closing'): Promise<void> };
  /** Stages dial each other by what the directory proves about them. */
  roster?: Roster;
}

const IDLE: VolunteerState = {
  phase: 'idle',
  weightBytes: 0,
  kvBytes: 0,
  sessionCount: 0,
  linkCount: 0,
  tokensServed: 0,
  bytesSent: 0,
  isRelayConnected: false,
};

/** A tab that serves; see `Volunteer`. */
export function createVolunteer(deps: VolunteerDeps): Volunteer {
  const isConnected = (): boolean => deps.relay.state === 'open';
  const listeners = new Set<(state: VolunteerState) => void>();
  let throughput = createThroughput();
  let state: VolunteerState = { ...IDLE, isRelayConnected: isConnected() };
  let run: Run | undefined;
  let publishTimer: ReturnType<typeof setTimeout> | undefined;

  const publish = (): void => {
    clearTimeout(publishTimer);
    publishTimer = undefined;
    for (const listener of listeners) listener(state);
  };
  const update = (change: Partial<VolunteerState>): void => {
    state = { ...state, ...change };
    publish();
  };
  /** Counters change with every token; people read a few times a second. */
  const count = (change: Partial<VolunteerState>): void => {
    state = { ...state, ...change };
    publishTimer ??= setTimeout(publish, STATE_INTERVAL_MS);
  };
  const countWork = (tokenCount: number, computeMs: number, bytesSent: number): void => {
    const nowMs = performance.now();
    throughput.add(tokenCount, computeMs, nowMs);
    const tokensPerSecond = throughput.tokensPerSecond(nowMs);
    count({
      tokensServed: state.tokensServed + tokenCount,
      bytesSent: state.bytesSent + bytesSent,
      ...(tokensPerSecond !== undefined && { tokensPerSecond }),
    });
  };
  const onConnection = (): void => {
    const linkCount = deps.transport.links.size;
    if (state.linkCount !== linkCount || state.isRelayConnected !== isConnected()) {
      count({ linkCount, isRelayConnected: isConnected() });
    }
  };
  deps.relay.subscribe(onConnection);
  deps.transport.onLink((link) => {
    onConnection();
    // The transport forgets a link after its handlers ran.
    link.listen({
      onMessage: () => undefined,
      onFrame: () => undefined,
      onClose: () => setTimeout(onConnection, 0),
    });
  });

  const end = async (ended: Run, goodbye: 'stopped' | 'closing'): Promise<void> => {
    ended.abort.abort(new PeerError('aborted', 'Contributing was stopped.'));
    deps.relay.withdraw();
    const freed = (async () => {
      ended.roster?.dispose();
      await ended.host?.dispose(goodbye);
      await ended.engine.unload();
    })();
    // A worker that hangs in a driver is cut off: Stop is a promise to the person.
    await withDeadline(freed, STOP_TIMEOUT_MS, () => new Error('late')).catch(() => undefined);
    ended.engine.terminate();
    if (run === ended) run = undefined;
  };

  const fail = async (failed: Run, error: unknown): Promise<void> => {
    if (run !== failed) return;
    await end(failed, 'stopped');
    update({
      ...IDLE,
      isRelayConnected: isConnected(),
      phase: 'failed',
      error: reportError(error),
    });
  };

  const announcer = (current: Run, what: Pick<Announcement, 'holdings' | 'numericClass'>) => () => {
    if (current.abort.signal.aborted) return;
    deps.relay.announce(() => ({
      ...what,
      memoryBytes: memoryBytesMax,
      deviceKind: deps.deviceKind,
      state: 'serving',
      sessions: state.sessionCount,
      sessionsMax: SESSIONS_MAX,
    }));
  };

  const onServing = (current: Run, engine: EngineHandle, stage: LoadedStage): void => {
    const { numericClass } = stage;
    const announce = announcer(current, { holdings: [holdingOf(stage)], numericClass });
    current.roster = deps.relay.watch(stage.modelRoot);
    current.host = createStageHost({
      stage,
      engine,
      transport: deps.transport,
      onWork: ({ tokenCount, computeMs, bytesSent }) => countWork(tokenCount, computeMs, bytesSent),
      onSessionCount: (sessionCount) => {
        count({ sessionCount });
        announce();
      },
      onMemoryChange: () => {
        void engine.stats().then(
          ({ kvBytes }) => count({ kvBytes }),
          () => undefined,
        );
      },
    });
    update({
      phase: 'serving',
      numericClass: stage.numericClass,
      msPerBlock: stage.msPerBlock,
      weightBytes: stage.weightBytes,
      blockCount: stage.blockCount,
      adapter: stage.adapter,
      servingSinceMs: Date.now(),
    });
    announce();
    void engine.whenLost().then(
      (reason) => fail(current, lostError(reason)),
      () => undefined,
    );
  };

  const createWholeModel = (current: Run, options: LoadEmbeddingOptions): EmbeddingJob => {
    let announce = (): void => undefined;
    return createEmbeddingJob({
      createEngine: deps.createEmbeddingEngine,
      transport: deps.transport,
      load: options,
      onProgress: (progress) => {
        if (!current.abort.signal.aborted) count({ progress });
      },
      onServing: ({ modelRoot, card, numericClass, msPerText, weightBytes, choice }) => {
        const { dimension, tokensMax } = card;
        const holding = { kind: 'embedding' as const, modelRoot, dimension, tokensMax, msPerText };
        announce = announcer(current, { holdings: [holding], numericClass });
        update({
          phase: 'serving',
          numericClass,
          weightBytes,
          provider: choice,
          servingSinceMs: Date.now(),
        });
        announce();
      },
      onInterrupted: (reason) => {
        announce = () => undefined;
        deps.relay.withdraw();
        const placementReason = `The GPU was taken away (${reason}): the processor goes on.`;
        update({ phase: 'loading', sessionCount: 0, placementReason });
      },
      onWork: ({ textCount, tokenCount, computeMs, bytesSent }) => {
        countWork(tokenCount, computeMs, bytesSent);
        count({ textsServed: (state.textsServed ?? 0) + textCount });
      },
      onRequestCount: (sessionCount) => {
        count({ sessionCount });
        announce();
      },
      onFailed: (error) => void fail(current, error),
    });
  };
  let memoryBytesMax = 0;

  const load = async (
    current: Run,
    blocksEngine: EngineHandle,
    chosen: ChosenJob,
    { gpuShare, provider }: VolunteerOptions,
  ): Promise<void> => {
    const { signal } = current.abort;
    const { modelRoot } = chosen;
    const source = await deps.locate(modelRoot, signal);
    const limits = { memoryBytesMax, gpuShare };
    const onProgress = (progress: LoadProgress): void => {
      if (!signal.aborted) count({ progress });
    };
    if (chosen.job === 'blocks') {
      const stageOptions = { ...chosen.range, ...source, ...limits, modelRoot };
      const loading = blocksEngine.loadStage(stageOptions, onProgress);
      onServing(current, blocksEngine, await untilAborted(loading, signal));
      return;
    }
    blocksEngine.terminate();
    const { tokenizerUrls = [] } = source;
    const chosenProvider = provider === undefined ? {} : { provider };
    const job = createWholeModel(current, {
      ...source,
      ...limits,
      ...chosenProvider,
      tokenizerUrls,
      modelRoot,
    });
    current.engine = job;
    current.host = job;
    await untilAborted(job.start(), signal);
  };

  return {
    get state() {
      return state;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async start(options) {
      if (run) await end(run, 'stopped');
      const blocksEngine = deps.createEngine();
      const current: Run = { abort: new AbortController(), engine: blocksEngine };
      run = current;
      throughput = createThroughput();
      ({ memoryBytesMax } = options);
      const { signal } = current.abort;
      update({ ...IDLE, isRelayConnected: isConnected(), phase: 'probing' });
      try {
        const probed = await untilAborted(probe(blocksEngine), signal);
        const hasAdapter = !(probed instanceof Error);
        update({ ...(hasAdapter && { adapter: probed }), phase: 'choosing' });
        const chosen = await chooseJob(deps.relay, options, signal);
        // Whole models also run where blocks cannot.
        if (!hasAdapter && chosen.job === 'blocks') throw probed;
        update({ ...chosen, phase: 'loading' });
        await load(current, blocksEngine, chosen, options);
      } catch (error) {
        // Stop pressed while loading is no failure; `stop` publishes the end.
        if (signal.aborted) throw signal.reason;
        await fail(current, error);
        throw error;
      }
    },
    setGpuShare(gpuShare) {
      run?.engine.setGpuShare(gpuShare).catch(() => undefined);
    },
    async stop() {
      if (!run) return;
      const stopped = run;
      update({ phase: 'stopping' });
      await end(stopped, 'stopped');
      const { tokensServed, bytesSent, textsServed = 0 } = state;
      update({
        ...IDLE,
        tokensServed,
        ...(textsServed > 0 && { textsServed }),
        bytesSent,
        isRelayConnected: isConnected(),
        phase: 'stopped',
      });
    },
  };
}

/** The adapter, or why there is none. */
function probe(engine: EngineHandle): Promise<AdapterReport | Error> {
  return engine.probe().catch((error: unknown) => {
    return error instanceof Error ? error : new Error(String(error));
  });
}

function holdingOf(stage: LoadedStage): Announcement['holdings'][number] {
  return {
    kind: 'blocks',
    modelRoot: stage.modelRoot,
    firstBlock: stage.firstBlock,
    endBlock: stage.endBlock,
    embeds: stage.embeds,
    heads: stage.heads,
    msPerBlock: stage.msPerBlock,
    positionsMax: stage.contextLength,
  };
}

function untilAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    promise.then(resolve, reject);
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

function lostError(reason: string): Error {
  return Object.assign(
    new Error(
      `The GPU was taken away from this tab (${reason}). Press Contribute again; if it happens often, lower the memory.`,
    ),
    { code: 'device-lost' },
  );
}
