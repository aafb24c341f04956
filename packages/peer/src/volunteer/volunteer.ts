import type { EmbeddingHandle } from '@manyhands/engine/onnx/create-embedding-engine';
import type { EngineHandle } from '@manyhands/engine/worker/create-engine';
import type { LoadProgress } from '@manyhands/engine/worker/engine-api';
import type { DirectoryEntry } from '@manyhands/protocol/directory';
import { SESSIONS_MAX } from '@manyhands/protocol/limits';
import type { Announcement } from '@manyhands/swarm/announcer';
import { SwarmError } from '@manyhands/swarm/error';
import type { Transport } from '@manyhands/swarm/link';
import type { RelayLink } from '@manyhands/swarm/relay-link';
import type { ModelLocation } from '../catalog-client.ts';
import { withDeadline } from '../deadline.ts';
import { PeerError } from '../error.ts';
import { reportError } from '../error-report.ts';
import { STOP_TIMEOUT_MS } from '../limits.ts';
import type { Ticker } from '../ticker.ts';
import { type ChosenJob, chooseJob } from './choose-job.ts';
import { createPauseSwitch } from './pause-switch.ts';
import { planRecovery, type Setback, type StagePlan } from './plan-recovery.ts';
import { createPresence, type Presence } from './presence.ts';
import {
  type ServeContext,
  type ServedJob,
  serveBlocks,
  serveEmbedding,
  withRests,
} from './serve-job.ts';
import { createVolunteerBoard } from './volunteer-board.ts';
import type { Volunteer, VolunteerOptions } from './volunteer-state.ts';
import type { WatchWakefulness } from './wakefulness.ts';

/** The relay, as a volunteer needs it. */
export type VolunteerRelay = Pick<
  RelayLink,
  | 'state'
  | 'error'
  | 'subscribe'
  | 'announce'
  | 'withdraw'
  | 'requestPlacement'
  | 'watch'
  | 'onRefused'
>;

export interface VolunteerDeps {
  readonly createEngine: () => EngineHandle;
  readonly createEmbeddingEngine: () => EmbeddingHandle;
  readonly relay: VolunteerRelay;
  readonly transport: Transport;
  readonly ticker: Ticker;
  /** Where manifest and weights of a ready model are. Rejects with `model-not-ready`. */
  readonly locate: (modelRoot: string, signal: AbortSignal) => Promise<ModelLocation>;
  readonly deviceKind: DirectoryEntry['deviceKind'];
  readonly watchWakefulness: WatchWakefulness;
}

/** One period of serving, from consent to stop; it may take several attempts. */
interface Run {
  readonly abort: AbortController;
  readonly options: VolunteerOptions;
  readonly setbacks: Setback[];
  /** The end of the run that this one replaces. */
  readonly before: Promise<void> | undefined;
  /** As the person set it last. */
  gpuShare: number;
  /** Stop was pressed, and what runs may end. */
  isLeaving: boolean;
  attempt?: Attempt;
  /** Set once it is being ended; whoever ends it again waits for the same end. */
  ending?: Promise<void>;
}

/** One engine, and what it serves once it is loaded. */
interface Attempt {
  readonly engine: Pick<EngineHandle, 'setGpuShare' | 'unload' | 'terminate'>;
  served?: ServedJob;
  presence?: Presence;
}

/** A tab that serves; see `Volunteer`. */
export function createVolunteer(deps: VolunteerDeps): Volunteer {
  const board = createVolunteerBoard(deps);
  const pauses = createPauseSwitch();
  let run: Run | undefined;

  const endAttempt = async (ended: Run, goodbye: 'stopped' | 'closing'): Promise<void> => {
    const { attempt } = ended;
    delete ended.attempt;
    attempt?.presence?.dispose();
    deps.relay.withdraw();
    if (attempt === undefined) return;
    const freed = (async () => {
      await attempt.served?.dispose(goodbye);
      await attempt.engine.unload();
    })();
    // A worker that hangs in a driver is cut off: Stop is a promise to the person.
    await withDeadline(freed, STOP_TIMEOUT_MS, () => new Error('late')).catch(() => undefined);
    attempt.engine.terminate();
  };
  const endOnce = async (ended: Run): Promise<void> => {
    ended.abort.abort(new PeerError('aborted', 'Contributing was stopped.'));
    await ended.before;
    await endAttempt(ended, 'stopped');
    if (run === ended) run = undefined;
  };
  const end = async (ended: Run): Promise<void> => {
    ended.ending ??= endOnce(ended);
    await ended.ending;
  };
  const fail = async (failed: Run, error: unknown): Promise<void> => {
    if (run !== failed) return;
    await end(failed);
    // Started again meanwhile: the board is the new run's.
    if (run !== undefined) return;
    board.reset({ phase: 'failed', error: reportError(error) });
  };

  /** What a served job calls back; a job that was given up is not heard any more. */
  const contextOf = (current: Run, mine: Attempt, onLost: ServeContext['onLost']): ServeContext => {
    const isCurrent = (): boolean => current.attempt === mine && !current.abort.signal.aborted;
    return {
      deps,
      board,
      announce(what) {
        const { presence } = mine;
        if (!isCurrent() || presence?.state === undefined) return;
        const describe = (): Announcement => ({
          ...what,
          holdings: what.holdings.map((holding) => withRests(holding, current.gpuShare)),
          share: current.gpuShare,
          memoryBytes: current.options.memoryBytesMax,
          deviceKind: deps.deviceKind,
          state: presence.state ?? 'drains',
          sessions: board.state.sessionCount,
          sessionsMax: SESSIONS_MAX,
        });
        deps.relay.announce(describe, () => board.tokensAnswered);
      },
      onLost(error) {
        if (!isCurrent()) return;
        // Whoever leaves anyway loads nothing again.
        if (current.isLeaving) void end(current);
        else onLost(error);
      },
    };
  };

  const present = (mine: Attempt, job: ServedJob): void => {
    mine.served = job;
    const withdraw = (): void => deps.relay.withdraw();
    mine.presence = createPresence({ job, pauses, board, withdraw });
    mine.presence.follow();
  };

  /** Loads a job with an engine of its own and serves it. */
  const attempt = async (current: Run, job: PlannedJob, probed?: EngineHandle): Promise<void> => {
    const { signal } = current.abort;
    const { memoryBytesMax, activations = 'auto', threadsMax } = current.options;
    const { modelRoot, backend } = job;
    const source = await deps.locate(modelRoot, signal);
    signal.throwIfAborted();
    const { gpuShare } = current;
    const shared = { ...source, modelRoot, memoryBytesMax, gpuShare };
    const onProgress = (progress: LoadProgress): void => {
      if (!signal.aborted) board.count({ progress });
    };
    const onLost = (error: unknown): void => {
      serve(current, job, error).catch(async (failure: unknown) => {
        if (!signal.aborted) await fail(current, failure);
      });
    };
    if (job.job === 'blocks') {
      const engine = probed ?? deps.createEngine();
      const mine: Attempt = { engine };
      current.attempt = mine;
      const stageOptions = { ...shared, ...job.range, backend, activations, threadsMax };
      const stage = await untilAborted(engine.loadStage(stageOptions, onProgress), signal);
      present(mine, serveBlocks(contextOf(current, mine, onLost), engine, stage));
      return;
    }
    probed?.terminate();
    const engine = deps.createEmbeddingEngine();
    const mine: Attempt = { engine };
    current.attempt = mine;
    const { tokenizerUrls = [] } = source;
    const provider = backend === 'auto' ? {} : { provider: backend };
    const loading = engine.load({ ...shared, ...provider, tokenizerUrls }, onProgress);
    const loaded = await untilAborted(loading, signal);
    present(mine, serveEmbedding(contextOf(current, mine, onLost), engine, loaded));
  };

  const watchWakefulness = (signal: AbortSignal): void => {
    const stopWatching = deps.watchWakefulness(pauses.setAwake);
    const stop = (): void => {
      stopWatching();
      pauses.setAwake(true);
    };
    signal.addEventListener('abort', stop, { once: true });
  };

  /** Nothing is loaded while the person's rules say no. */
  const waitOutPause = async (signal: AbortSignal): Promise<void> => {
    if (pauses.pause === undefined) return;
    const show = (): void => board.update({ phase: 'paused', pause: pauses.pause });
    board.reset({});
    show();
    const stopShowing = pauses.subscribe(show);
    signal.addEventListener('abort', stopShowing, { once: true });
    await pauses.whenOver(signal);
    stopShowing();
  };

  /** Serves, and after each setback again with what is left; rejects when nothing is. */
  const serve = async (
    current: Run,
    planned: PlannedJob,
    setback?: unknown,
    probed?: EngineHandle,
  ): Promise<void> => {
    const { signal } = current.abort;
    let job = planned;
    let problem = setback;
    for (;;) {
      try {
        if (problem !== undefined) {
          await endAttempt(current, 'stopped');
          signal.throwIfAborted();
          job = recover(current, job, problem);
        }
        await attempt(current, job, problem === undefined ? probed : undefined);
        return;
      } catch (error) {
        // Stop pressed meanwhile is no failure; `stop` publishes the end.
        if (signal.aborted) await endAttempt(current, 'stopped');
        signal.throwIfAborted();
        if (error instanceof GivenUp) throw error.cause;
        problem = error;
      }
    }
  };

  /** What to try next; throws `GivenUp` where that would not help. */
  const recover = (current: Run, job: PlannedJob, error: unknown): PlannedJob => {
    const report = reportError(error);
    current.setbacks.push({ code: report.code, atMs: performance.now() });
    const recovery = planRecovery(job, current.setbacks);
    if ('giveUp' in recovery) throw new GivenUp(recovery.giveUp, { cause: error });
    const { plan, reason } = recovery;
    board.update({
      phase: 'recovering',
      setback: reason,
      recoveries: board.state.recoveries + 1,
      sessionCount: 0,
      kvBytes: 0,
      ...(plan.range && { range: plan.range }),
    });
    return { ...job, ...plan } as PlannedJob;
  };

  // Said before anything was loaded, or when the tab comes back from a pause and others took its place.
  deps.relay.onRefused(({ code, message }) => {
    if (code === 'embed-full' && run !== undefined) void fail(run, new SwarmError(code, message));
  });

  return {
    get state() {
      return board.state;
    },
    subscribe: board.subscribe,
    watchWork: board.watchWork,
    async start(options) {
      const before = run && end(run);
      const abort = new AbortController();
      const { signal } = abort;
      const { gpuShare } = options;
      const current: Run = {
        abort,
        options,
        setbacks: [],
        gpuShare,
        before,
        isLeaving: false,
      };
      // At once, so that Stop and another start find it while it waits.
      run = current;
      try {
        if (before) await before;
        signal.throwIfAborted();
        watchWakefulness(signal);
        await waitOutPause(signal);
        const engine = deps.createEngine();
        current.attempt = { engine };
        board.reset({ phase: 'probing' });
        const { adapter } = await untilAborted(engine.probe(), signal);
        board.update({ ...(adapter && { adapter }), phase: 'choosing' });
        const chosen = await chooseJob(deps.relay, options, signal);
        board.update({ ...chosen, phase: 'loading' });
        const { backend = 'auto' } = options;
        await serve(current, { ...chosen, backend }, undefined, engine);
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        await fail(current, error);
        throw error;
      }
    },
    setGpuShare(gpuShare) {
      if (!run) return;
      run.gpuShare = gpuShare;
      run.attempt?.engine.setGpuShare(gpuShare).catch(() => undefined);
      run.attempt?.served?.announce();
    },
    setPause: pauses.setPause,
    async stop(how = 'draining') {
      if (!run) return;
      const stopped = run;
      const isPatient = how === 'draining' && !stopped.isLeaving;
      stopped.isLeaving = true;
      board.update({ phase: 'stopping', pause: undefined });
      if (isPatient) await stopped.attempt?.presence?.leave(stopped.abort.signal);
      await end(stopped);
      if (run !== undefined) return;
      board.reset({ ...board.totals, phase: 'stopped' });
    },
  };
}

/** A job with what computes it. */
type PlannedJob = ChosenJob & Pick<StagePlan, 'backend'>;

/** Nothing is left to try; the cause is what the person hears. */
class GivenUp extends Error {
  override readonly name = 'GivenUp';
}

function untilAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    promise.then(resolve, reject);
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
