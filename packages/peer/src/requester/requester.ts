import { PAGE_POSITIONS } from '@manyhands/engine/stage';
import type { Transport } from '@manyhands/swarm/link';
import { PeerError } from '../error.ts';
import { reportError } from '../error-report.ts';
import { createEventQueue } from '../event-queue.ts';
import { ANSWER_WAIT_MS, EVENTS_WAITING_MAX, PREDICTION_INTERVAL_MS } from '../limits.ts';
import type { Ticker } from '../ticker.ts';
import type { Answer, AnswerEvent, AnswerRequest, FinishReason, Requester } from './answer.ts';
import type { Chain } from './chain.ts';
import { type ChainKeeper, createChainKeeper } from './chain-keeper.ts';
import { checkRequest } from './check-request.ts';
import type { DraftPolicy } from './draft-policy.ts';
import { createDraftedSteps, type DraftedStep, type DraftedSteps } from './drafted-steps.ts';
import { encodePrompt, type ModelLibrary } from './model-library.ts';
import { createPrefixKeys, type PrefixKeys } from './prefix-keys.ts';
import { createKnownRoundTrips, type KnownRoundTrips } from './round-trips.ts';
import { createRouter, type Router } from './router.ts';
import { createTokenLoop, type TokenLoop } from './token-loop.ts';
import type { RosterSource } from './watch-roster.ts';

export interface RequesterOptions {
  readonly transport: Transport;
  readonly models: ModelLibrary;
  readonly watch: RosterSource;
  readonly ticker: Ticker;
  /** How long an interrupted answer waits for coverage to return. */
  readonly coverageWaitMs?: number;
  /** Decides when to draft. The default measures. */
  readonly createPolicy?: () => DraftPolicy;
}

/** Asks volunteers for answers; see `Requester`. */
export function createRequester(options: RequesterOptions): Requester {
  const keysOf = createPrefixKeys();
  const roundTrips = createKnownRoundTrips(options.transport);
  return {
    answer(request, signal) {
      const abort = new AbortController();
      const queue = createEventQueue<AnswerEvent>(EVENTS_WAITING_MAX, () => abort.abort(aborted()));
      const onAbort = (): void => abort.abort(aborted());
      if (signal?.aborted) onAbort();
      signal?.addEventListener('abort', onAbort, { once: true });
      const run = createAnswerRun(
        { ...options, keysOf, roundTrips },
        request,
        abort.signal,
        (event) => queue.push(event),
      );
      void run().finally(() => {
        signal?.removeEventListener('abort', onAbort);
        queue.end();
      });
      return queue;
    },
  };
}

function aborted(): PeerError {
  return new PeerError('aborted', 'The answer was stopped.');
}

/** Everything measured while one answer runs. */
interface Progress {
  promptTokens: number;
  readonly startedMs: number;
  firstTokenMs?: number;
  lastTokenMs?: number;
  /** Tokens and milliseconds of decode steps alone: time spent on repairs is shown, not averaged. */
  decodedTokens: number;
  decodeMs: number;
  prefillMs?: number;
  reusedTokens?: number;
  seed?: number;
}

interface AnswerRunOptions extends RequesterOptions {
  readonly keysOf: PrefixKeys;
  readonly roundTrips: KnownRoundTrips;
}

function createAnswerRun(
  options: AnswerRunOptions,
  request: AnswerRequest,
  signal: AbortSignal,
  emit: (event: AnswerEvent) => void,
): () => Promise<void> {
  const { transport, models, watch, ticker, keysOf, roundTrips } = options;
  const { coverageWaitMs = ANSWER_WAIT_MS } = options;
  const progress: Progress = {
    promptTokens: 0,
    startedMs: performance.now(),
    decodedTokens: 0,
    decodeMs: 0,
  };
  let loop: TokenLoop | undefined;
  let drafting: DraftedSteps | undefined;
  let router: Router | undefined;
  let keeper: ChainKeeper | undefined;

  const generate = async (): Promise<FinishReason> => {
    checkRequest(request);
    const { model, promptIds } = await encodePrompt(models, request, signal);
    progress.promptTokens = promptIds.length;
    const seed = request.sampling.seed ?? crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
    progress.seed = seed;
    const { contextLength, detokenizer, blockCount, headBlocks } = model;
    loop = createTokenLoop({ promptIds, detokenizer, request, contextLength, seed });
    const shape = { blockCount, headBlocks };
    router = createRouter({ watch, transport, roundTrips, request, ...shape, coverageWaitMs });
    const positionsMax = Math.min(contextLength, promptIds.length + request.tokensMax);
    const { contextIds } = loop;
    const parts = { transport, ticker, router, roundTrips, request, keysOf, contextIds };
    keeper = createChainKeeper({ ...parts, positionsMax, signal, emit });
    const { createPolicy } = options;
    const isDrafting = request.drafts ?? true;
    drafting = createDraftedSteps({ contextIds, positionsMax, isDrafting, createPolicy });
    for (;;) {
      try {
        const { chain, isResumed } = await keeper.next();
        return await generateOn(chain, keeper, loop, drafting, isResumed);
      } catch (error) {
        signal.throwIfAborted();
        await keeper.failed(error);
      }
    }
  };

  /** Samples from the rows of a step as far as its draft was right; says what came in `came`. */
  const acceptStep = (
    { rows, draft }: DraftedStep,
    tokens: TokenLoop,
    isFirst: boolean,
    came: AnswerEvent[],
  ): FinishReason | undefined => {
    for (const [index, row] of rows.entries()) {
      const { finish, ...token } = tokens.accept(row);
      const nowMs = performance.now();
      progress.firstTokenMs ??= nowMs;
      if (!isFirst && progress.lastTokenMs !== undefined) {
        progress.decodedTokens += 1;
        progress.decodeMs += nowMs - progress.lastTokenMs;
      }
      progress.lastTokenMs = nowMs;
      came.push({ type: 'token', ...token });
      if (finish) return finish;
      // The next row is what follows the drafted token, which is not the one that came.
      if (token.tokenId !== draft[index]) break;
    }
    return undefined;
  };

  const generateOn = async (
    chain: Chain,
    { predict }: ChainKeeper,
    tokens: TokenLoop,
    steps: DraftedSteps,
    isResumed: boolean,
  ): Promise<FinishReason> => {
    const totalTokens = tokens.contextIds.length;
    const prefillStartMs = performance.now();
    const reused = isResumed
      ? chain.reusedPositions
      : wholePagesBefore(totalTokens - 1, chain.reusedPositions);
    emit({ type: 'prefill', doneTokens: reused, totalTokens });
    const rows = await chain.run(tokens.contextIds.slice(reused), reused, 1, (doneTokens) =>
      emit({ type: 'prefill', doneTokens: reused + doneTokens, totalTokens }),
    );
    let predictedAtMs = Number.NEGATIVE_INFINITY;
    let step: DraftedStep = { rows, draft: [] };
    progress.prefillMs ??= performance.now() - prefillStartMs;
    progress.reusedTokens ??= reused;
    for (let isFirst = true; ; isFirst = false) {
      const came: AnswerEvent[] = [];
      let next: FinishReason | Promise<DraftedStep>;
      try {
        // Under way before anybody reads what came: a step does not wait for whoever shows its tokens.
        next = acceptStep(step, tokens, isFirst, came) ?? begin(steps, chain);
      } finally {
        for (const token of came) emit(token);
      }
      if (typeof next === 'string') return next;
      // Links are measured again and again.
      if (performance.now() - predictedAtMs >= PREDICTION_INTERVAL_MS) {
        predictedAtMs = performance.now();
        void predict();
      }
      step = await next;
    }
  };

  const finish = async (finishReason: FinishReason, error?: unknown): Promise<void> => {
    const rest = loop?.flush() ?? '';
    const links = (await keeper?.close()) ?? [];
    const { firstTokenMs, prefillMs, startedMs, promptTokens, reusedTokens = 0 } = progress;
    const { decodeMs, decodedTokens, seed } = progress;
    const prefilled = promptTokens - reusedTokens;
    const drafted = drafting?.counts();
    const answer: Answer = {
      text: loop?.text ?? '',
      tokenIds: [...(loop?.generatedIds ?? [])],
      finishReason,
      ...(error !== undefined && { error: reportError(error) }),
      chain: keeper?.stages ?? [],
      links,
      stats: {
        promptTokens,
        ...(reusedTokens > 0 && { reusedTokens }),
        ...(drafted && drafted.draftedTokens > 0 && drafted),
        repairs: keeper?.repairs ?? 0,
        ...(seed !== undefined && request.sampling.temperature > 0 && { seed }),
        ...(firstTokenMs !== undefined && { ttftMs: firstTokenMs - startedMs }),
        ...(decodeMs > 0 && { decodeTokensPerSecond: (decodedTokens * 1000) / decodeMs }),
        ...(prefillMs && { prefillTokensPerSecond: (prefilled * 1000) / prefillMs }),
      },
    };
    const lastId = answer.tokenIds.at(-1);
    if (rest !== '' && lastId !== undefined) emit({ type: 'token', tokenId: lastId, text: rest });
    emit({ type: 'done', answer });
  };

  return async () => {
    try {
      await finish(await generate());
    } catch (error) {
      if (signal.aborted) await finish('aborted');
      else await finish('failed', error);
    } finally {
      router?.dispose();
    }
  };
}

/** The last position is always run: its candidates are the first token. */
function wholePagesBefore(position: number, reusedPositions: number): number {
  const whole = Math.floor(position / PAGE_POSITIONS) * PAGE_POSITIONS;
  return Math.min(whole, Math.floor(reusedPositions / PAGE_POSITIONS) * PAGE_POSITIONS);
}

/** A step that is awaited later, or never: by then somebody else has said why. */
function begin(steps: DraftedSteps, chain: Chain): Promise<DraftedStep> {
  const step = steps.run(chain);
  step.catch(() => undefined);
  return step;
}
