import type { StageRange } from '@manyhands/engine/stage';
import type { EngineHandle } from '@manyhands/engine/worker/create-engine';
import type { LoadedStage } from '@manyhands/engine/worker/engine-api';
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
import { relayOpen } from '../relay-open.ts';
import { createStageHost, type StageHost } from './stage-host.ts';
import { createThroughput } from './throughput.ts';
import type { Volunteer, VolunteerOptions, VolunteerState } from './volunteer-state.ts';

/** The relay, as a volunteer needs it. */
export type VolunteerRelay = Pick<
  RelayLink,
  'state' | 'error' | 'subscribe' | 'announce' | 'withdraw' | 'requestPlacement' | 'watch'
>;

export interface VolunteerDeps {
  readonly createEngine: () => EngineHandle;
  readonly relay: VolunteerRelay;
  readonly transport: Transport;
  /** Where manifest and weights of a ready model are. Rejects with `model-not-ready`. */
  readonly locate: (
    modelRoot: string,
    signal: AbortSignal,
  ) => Promise<{ readonly manifestUrl: string; readonly sourceUrls: readonly string[] }>;
  readonly deviceKind: DirectoryEntry['deviceKind'];
}

/** One period of serving, from consent to stop. */
interface Run {
  readonly abort: AbortController;
  readonly engine: EngineHandle;
  host?: StageHost;
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

  const onServing = (current: Run, stage: LoadedStage): void => {
    const announce = (): void => {
      if (!current.abort.signal.aborted) {
        deps.relay.announce(() =>
          describe(stage, state.sessionCount, deps.deviceKind, memoryBytesMax),
        );
      }
    };
    current.roster = deps.relay.watch(stage.modelRoot);
    current.host = createStageHost({
      stage,
      engine: current.engine,
      transport: deps.transport,
      onWork: ({ tokenCount, computeMs, bytesSent }) => {
        const nowMs = performance.now();
        throughput.add(tokenCount, computeMs, nowMs);
        const tokensPerSecond = throughput.tokensPerSecond(nowMs);
        count({
          tokensServed: state.tokensServed + tokenCount,
          bytesSent: state.bytesSent + bytesSent,
          ...(tokensPerSecond !== undefined && { tokensPerSecond }),
        });
      },
      onSessionCount: (sessionCount) => {
        count({ sessionCount });
        announce();
      },
      onMemoryChange: () => {
        void current.engine.stats().then(
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
    void current.engine.whenLost().then(
      (reason) => fail(current, lostError(reason)),
      () => undefined,
    );
  };
  let memoryBytesMax = 0;

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
      const current: Run = { abort: new AbortController(), engine: deps.createEngine() };
      run = current;
      throughput = createThroughput();
      ({ memoryBytesMax } = options);
      const { signal } = current.abort;
      update({ ...IDLE, isRelayConnected: isConnected(), phase: 'probing' });
      try {
        const adapter = await untilAborted(current.engine.probe(), signal);
        update({ adapter, phase: 'choosing' });
        const placement = await choosePlacement(deps, options, signal);
        update({ ...placement, phase: 'loading' });
        const source = await deps.locate(placement.modelRoot, signal);
        const stage = await untilAborted(
          current.engine.loadStage(
            {
              ...placement.range,
              ...source,
              modelRoot: placement.modelRoot,
              memoryBytesMax: options.memoryBytesMax,
              gpuShare: options.gpuShare,
            },
            (progress) => {
              if (!signal.aborted) count({ progress });
            },
          ),
          signal,
        );
        onServing(current, stage);
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
      const { tokensServed, bytesSent } = state;
      update({
        ...IDLE,
        tokensServed,
        bytesSent,
        isRelayConnected: isConnected(),
        phase: 'stopped',
      });
    },
  };
}

async function choosePlacement(
  { relay }: VolunteerDeps,
  options: VolunteerOptions,
  signal: AbortSignal,
): Promise<{ modelRoot: string; range: StageRange; placementReason: string }> {
  await relayOpen(relay, signal);
  const { modelRoot, range, memoryBytesMax } = options;
  if (modelRoot !== undefined && range) {
    return { modelRoot, range, placementReason: 'These blocks were chosen by hand.' };
  }
  const { proposal, reason } = await relay.requestPlacement(
    { memoryBytes: memoryBytesMax, ...(modelRoot !== undefined && { modelRoot }) },
    signal,
  );
  if (!proposal) throw new PeerError('nothing-to-hold', reason);
  const { modelRoot: proposedRoot, ...proposedRange } = proposal;
  return { modelRoot: proposedRoot, range: proposedRange, placementReason: reason };
}

function describe(
  stage: LoadedStage,
  sessions: number,
  deviceKind: DirectoryEntry['deviceKind'],
  memoryBytes: number,
): Announcement {
  return {
    holdings: [
      {
        kind: 'blocks',
        modelRoot: stage.modelRoot,
        firstBlock: stage.firstBlock,
        endBlock: stage.endBlock,
        embeds: stage.embeds,
        heads: stage.heads,
        msPerBlock: stage.msPerBlock,
        positionsMax: stage.contextLength,
      },
    ],
    memoryBytes,
    numericClass: stage.numericClass,
    deviceKind,
    state: 'serving',
    sessions,
    sessionsMax: SESSIONS_MAX,
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
