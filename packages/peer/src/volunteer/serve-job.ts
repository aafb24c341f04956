import type { EmbeddingHandle } from '@manyhands/engine/onnx/create-embedding-engine';
import type { LoadedEmbedding } from '@manyhands/engine/onnx/embedding-api';
import type { EngineHandle } from '@manyhands/engine/worker/create-engine';
import type { LoadedStage } from '@manyhands/engine/worker/engine-api';
import type { Holding } from '@manyhands/protocol/directory';
import type { Announcement } from '@manyhands/swarm/announcer';
import { STATS_INTERVAL_MS } from '../limits.ts';
import { createEmbeddingHost } from './embedding-host.ts';
import { createStageHost } from './stage-host.ts';
import type { VolunteerDeps } from './volunteer.ts';
import type { VolunteerBoard } from './volunteer-board.ts';

/** A job that serves strangers; `presence` says whether it is in the directory. */
export interface ServedJob {
  /** Tells the directory what is held, and how it stands. */
  announce(): void;
  /** Takes nothing new until `accept`; resolves when what runs has ended, or was cut off after the time. */
  drain(timeoutMs: number, signal: AbortSignal): Promise<void>;
  accept(): void;
  /** Ends every session, tells the peers, leaves the roster. */
  dispose(goodbye: 'stopped' | 'closing'): Promise<void>;
}

export interface ServeContext {
  readonly deps: Pick<VolunteerDeps, 'relay' | 'transport' | 'ticker'>;
  readonly board: VolunteerBoard;
  /** Tells the directory what is held, now and whenever the load changes. */
  announce(what: Pick<Announcement, 'holdings' | 'numericClass'>): void;
  /** The engine can do nothing any more. */
  onLost(error: unknown): void;
}

/** Blocks of a chain: sessions of strangers on a loaded stage. */
export function serveBlocks(
  { deps, board, announce, onLost }: ServeContext,
  engine: EngineHandle,
  stage: LoadedStage,
): ServedJob {
  const { numericClass, msPerBlock, weightBytes, blockCount } = stage;
  const announceStage = (): void => announce({ holdings: [holdingOf(stage)], numericClass });
  // Stages dial each other by what the directory proves about them.
  const roster = deps.relay.watch(stage.modelRoot);
  const stats = createStatsReader(engine, board);
  const host = createStageHost({
    stage,
    engine,
    transport: deps.transport,
    ticker: deps.ticker,
    onWork: (work) => {
      board.countWork(work);
      board.countAnswered(work.answeredCount);
      const { kind, tokenCount, firstBlock, endBlock, embeds, heads, isFromRequester } = work;
      board.tellWork({ kind, tokenCount, firstBlock, endBlock, embeds, heads, isFromRequester });
      stats.readSoon();
    },
    onSessionCount: (sessionCount) => {
      board.count({ sessionCount });
      announceStage();
    },
    onMemoryChange: stats.read,
    onReceived: board.countReceived,
  });
  // Shown with the phase, which follows.
  board.count({
    numericClass,
    msPerBlock,
    weightBytes,
    blockCount,
    backend: stage.backend,
    threadCount: stage.threadCount,
    backendReason: stage.backendReason,
    ...(stage.adapter && { adapter: stage.adapter }),
    servingSinceMs: Date.now(),
  });
  watchLoss(engine, onLost);
  return {
    announce: announceStage,
    drain: host.drain,
    accept: host.accept,
    async dispose(goodbye) {
      roster.dispose();
      stats.dispose();
      await host.dispose(goodbye);
    },
  };
}

/** A whole model that turns texts into vectors. */
export function serveEmbedding(
  { deps, board, announce, onLost }: ServeContext,
  engine: EmbeddingHandle,
  loaded: LoadedEmbedding,
): ServedJob {
  const { modelRoot, card, numericClass, msPerText, weightBytes, choice } = loaded;
  const { dimension, tokensMax } = card;
  const holding = { kind: 'embedding' as const, modelRoot, dimension, tokensMax, msPerText };
  const announceModel = (): void => announce({ holdings: [holding], numericClass });
  const host = createEmbeddingHost({
    modelRoot,
    dimension,
    engine,
    transport: deps.transport,
    onWork: ({ textCount, ...work }) => {
      board.countWork({ ...work, isFirst: true });
      board.countBusy(work.computeMs);
      board.count({ textsServed: (board.state.textsServed ?? 0) + textCount });
    },
    onRequestCount: (sessionCount) => {
      board.count({ sessionCount });
      announceModel();
    },
    onReceived: board.countReceived,
  });
  // Shown with the phase, which follows.
  board.count({
    numericClass,
    weightBytes,
    provider: choice,
    servingSinceMs: Date.now(),
  });
  watchLoss(engine, onLost);
  const { drain, accept, dispose } = host;
  return { announce: announceModel, drain, accept, dispose };
}

/** Reads what only the engine knows, once in a while as long as it works. */
function createStatsReader(engine: Pick<EngineHandle, 'stats'>, board: VolunteerBoard) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let countedMs = 0;
  const read = (): void => {
    engine.stats().then(
      ({ kvBytes, busyMs }) => {
        board.count({ kvBytes });
        board.countBusy(busyMs - countedMs);
        countedMs = busyMs;
      },
      // It was unloaded meanwhile.
      () => undefined,
    );
  };
  return {
    read,
    readSoon(): void {
      timer ??= setTimeout(() => {
        timer = undefined;
        read();
      }, STATS_INTERVAL_MS);
    },
    dispose: () => clearTimeout(timer),
  };
}

/** What a holding takes where its volunteer computes for a part of the time only. */
export function withRests(holding: Holding, share: number): Holding {
  return holding.kind === 'blocks'
    ? { ...holding, msPerBlock: holding.msPerBlock / share }
    : { ...holding, msPerText: holding.msPerText / share };
}

/** A device that was taken away, or a worker that ended: whichever comes first. */
function watchLoss(
  engine: { whenLost(): Promise<string> },
  onLost: (error: unknown) => void,
): void {
  engine.whenLost().then((reason) => onLost(lostError(reason)), onLost);
}

function lostError(reason: string): Error {
  const message =
    `The GPU was taken away from this tab (${reason}). If it happens often, lower the memory or ` +
    'let the processor compute.';
  return Object.assign(new Error(message), { code: 'device-lost' });
}

function holdingOf(stage: LoadedStage): Holding {
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
