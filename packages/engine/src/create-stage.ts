import type { Backend } from './backend.ts';
import { EngineError, stageUnloaded } from './error.ts';
import { createPagePool, type PagePool, type SessionPages } from './kv/page-pool.ts';
import { PAGES_GROWTH, SESSIONS_MAX } from './limits.ts';
import { runPass } from './run-pass.ts';
import type { SessionRange, Stage, StageSpec, StepOutcome, StepRequest } from './stage.ts';
import { checkSession } from './step-checks.ts';

/** One generation on a stage. */
export interface Session {
  readonly range: SessionRange;
  readonly pages: SessionPages;
  /** Positions whose keys and values are cached. */
  kvLength: number;
}

/** A stage whose backend has something of its own to do now and then. */
export interface TurnTakingStage extends Stage {
  /** Runs it between two passes; rejects as a pass would where the stage or its device is gone. */
  inTurn<T>(run: () => Promise<T>): Promise<T>;
}

/** A stage on a loaded backend: sessions, their pages, passes one after another. */
export function createStage(
  backend: Backend,
  spec: StageSpec,
  memoryBytesMax: number,
): TurnTakingStage {
  const { config, firstBlock, endBlock, embeds, heads } = spec;
  const range = { firstBlock, endBlock, embeds, heads };
  const { pageBytes } = backend;
  const room = Math.max(0, memoryBytesMax - backend.weightBytes);
  const affordable = pageBytes === 0 ? Number.MAX_SAFE_INTEGER : Math.floor(room / pageBytes);
  const pagesMax = Math.min(backend.pagesMax, affordable);
  const pool = createPagePool({ pagesMax, pageBytes });
  const sessions = new Map<string, Session>();
  let last: Promise<unknown> = Promise.resolve();
  let dispatchCount = 0;
  let isDisposed = false;

  const checkUsable = (): void => {
    if (isDisposed) throw stageUnloaded();
    const failure = backend.failure();
    if (failure !== undefined) throw failure;
  };
  /** Nothing runs beside a pass: growing the cache moves it. */
  const inTurn = <T>(run: () => Promise<T>): Promise<T> => {
    const result = last.then(run);
    last = result.catch(() => undefined);
    return result;
  };
  const pass = async (requests: readonly StepRequest[]): Promise<readonly StepOutcome[]> => {
    checkUsable();
    const find = (sessionId: string): Session | undefined => sessions.get(sessionId);
    const done = await runPass({ backend, config, find, checkUsable }, requests);
    dispatchCount = done.dispatchCount;
    return done.outcomes;
  };

  return {
    range,
    numericClass: backend.numericClass,
    threadCount: backend.threadCount,
    async openSession(sessionId, sessionRange, prefixKeys = []) {
      checkUsable();
      checkSession(config, range, sessionRange);
      if (sessions.has(sessionId)) {
        throw new EngineError('bad-step', 'the session is open already; close it first');
      }
      if (sessions.size >= SESSIONS_MAX) {
        throw new EngineError('over-budget', `${SESSIONS_MAX} sessions are open; close one`);
      }
      const pages = pool.open(...pageNeeds(sessionRange, prefixKeys));
      const session = { range: sessionRange, pages, kvLength: pages.reusedPositions };
      sessions.set(sessionId, session);
      try {
        await inTurn(() => makeRoom(pool, backend, pagesMax));
        checkUsable();
      } catch (error) {
        pages.close();
        if (sessions.get(sessionId) === session) sessions.delete(sessionId);
        // A device that is gone refuses in words of its own.
        throw backend.failure() ?? error;
      }
      return { reusedPositions: pages.reusedPositions };
    },
    closeSession(sessionId, prefixKeys = []) {
      const session = sessions.get(sessionId);
      sessions.delete(sessionId);
      session?.pages.close(pageNeeds(session.range, prefixKeys)[1]);
    },
    async step(request) {
      const [outcome] = await inTurn(() => pass([request]));
      if (outcome === undefined || 'error' in outcome) throw outcome?.error;
      return outcome.result;
    },
    pass: (requests) => inTurn(() => pass(requests)),
    inTurn: (run) =>
      inTurn(async () => {
        checkUsable();
        return await run();
      }),
    stats: () => ({
      weightBytes: isDisposed ? 0 : backend.weightBytes,
      kvBytes: pool.pagesReserved * pageBytes,
      keptBytes: pool.pagesKept * pageBytes,
      allocatedBytes: isDisposed ? 0 : backend.allocatedBytes(),
      sessionCount: sessions.size,
      dispatchCount,
    }),
    dispose() {
      if (isDisposed) return;
      isDisposed = true;
      for (const { pages } of sessions.values()) pages.close();
      sessions.clear();
      backend.dispose();
    },
  };
}

/** A session without blocks caches nothing; pages that other blocks filled are no prefix. */
function pageNeeds(range: SessionRange, prefixKeys: readonly string[]): [number, string[]] {
  const { firstBlock, endBlock, positionsMax } = range;
  if (firstBlock === endBlock) return [0, []];
  return [positionsMax, prefixKeys.map((key) => `${firstBlock} ${endBlock} ${key}`)];
}

/** The pages that sessions were promised exist before their first step. */
async function makeRoom(pool: PagePool, backend: Backend, pagesMax: number): Promise<void> {
  const wanted = pool.pagesNeeded;
  if (wanted <= pool.pageCount) return;
  const roomy = Math.min(
    pagesMax,
    Math.max(wanted, Math.ceil(pool.pageCount * (1 + PAGES_GROWTH))),
  );
  // Room for reuse is a courtesy; what open sessions need is not.
  const sizes = new Set([roomy, wanted, pool.pagesReserved]);
  let failure: unknown;
  for (const size of sizes) {
    if (size <= pool.pageCount) break;
    try {
      await backend.growPages(size);
      pool.grow(size);
      return;
    } catch (error) {
      if (!(error instanceof EngineError) || error.code !== 'out-of-memory') throw error;
      failure = error;
      if (size === wanted) pool.dropKept();
    }
  }
  if (pool.pagesReserved > pool.pageCount) throw failure;
}
