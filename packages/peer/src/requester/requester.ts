import { PAGE_POSITIONS } from '@manyhands/engine/stage';
import { encodeBase64 } from '@manyhands/protocol/base64';
import { REPAIRS_MAX } from '@manyhands/protocol/limits';
import type { Transport } from '@manyhands/swarm/link';
import { PeerError } from '../error.ts';
import { reportError } from '../error-report.ts';
import { createEventQueue } from '../event-queue.ts';
import { COVERAGE_WAIT_MS, EVENTS_WAITING_MAX } from '../limits.ts';
import type {
  Answer,
  AnswerEvent,
  AnswerRequest,
  ChainLink,
  ChainStage,
  FinishReason,
  Requester,
} from './answer.ts';
import { type Chain, type ChainAccount, openChain } from './chain.ts';
import { checkRequest } from './check-request.ts';
import type { DraftPolicy } from './draft-policy.ts';
import { createDraftedSteps, type DraftedStep, type DraftedSteps } from './drafted-steps.ts';
import { encodePrompt, type ModelLibrary } from './model-library.ts';
import { createPrefixKeys, type PrefixKeys } from './prefix-keys.ts';
import { createRouter, type Router } from './router.ts';
import { createTokenLoop, type TokenLoop } from './token-loop.ts';
import type { RosterSource } from './watch-roster.ts';

export interface RequesterOptions {
  readonly transport: Transport;
  readonly models: ModelLibrary;
  readonly watch: RosterSource;
  /** How long an interrupted answer waits for coverage to return. */
  readonly coverageWaitMs?: number;
  /** Decides when to draft. The default measures. */
  readonly createPolicy?: () => DraftPolicy;
}

/** Asks volunteers for answers; see `Requester`. */
export function createRequester(options: RequesterOptions): Requester {
  const keysOf = createPrefixKeys();
  return {
    answer(request, signal) {
      const abort = new AbortController();
      const queue = createEventQueue<AnswerEvent>(EVENTS_WAITING_MAX, () => abort.abort(aborted()));
      const onAbort = (): void => abort.abort(aborted());
      if (signal?.aborted) onAbort();
      signal?.addEventListener('abort', onAbort, { once: true });
      const run = createAnswerRun({ ...options, keysOf }, request, abort.signal, (event) =>
        queue.push(event),
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
  chain: readonly ChainStage[];
  repairs: number;
  promptTokens: number;
  readonly startedMs: number;
  firstTokenMs?: number;
  lastTokenMs?: number;
  /** Tokens and milliseconds of decode steps alone: time spent on repairs is shown, not averaged. */
  decodedTokens: number;
  prefillMs?: number;
  reusedTokens?: number;
}

interface AnswerRunOptions extends RequesterOptions {
  readonly keysOf: PrefixKeys;
}

function createAnswerRun(
  options: AnswerRunOptions,
  request: AnswerRequest,
  signal: AbortSignal,
  emit: (event: AnswerEvent) => void,
): () => Promise<void> {
  const { transport, models, watch, keysOf, coverageWaitMs = COVERAGE_WAIT_MS } = options;
  const progress: Progress = {
    chain: [],
    repairs: 0,
    promptTokens: 0,
    startedMs: performance.now(),
    decodedTokens: 0,
  };
  const sessionId = encodeBase64(crypto.getRandomValues(new Uint8Array(16)));
  let loop: TokenLoop | undefined;
  let drafting: DraftedSteps | undefined;
  let router: Router | undefined;
  let decodeMs = 0;
  const closing: Promise<ChainAccount>[] = [];

  const generate = async (): Promise<FinishReason> => {
    checkRequest(request);
    const model = await models.load(request.modelRoot, signal);
    const promptIds = await encodePrompt(model, request.input);
    signal.throwIfAborted();
    progress.promptTokens = promptIds.length;
    const seed = request.sampling.seed ?? crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
    const { contextLength, tokenizer } = model;
    loop = createTokenLoop({ promptIds, tokenizer, request, contextLength, seed });
    router = createRouter({
      watch,
      transport,
      request,
      blockCount: model.blockCount,
      coverageWaitMs,
    });
    const positionsMax = Math.min(contextLength, promptIds.length + request.tokensMax);
    for (;;) {
      const choice = await router.choose(positionsMax, progress.repairs > 0, signal);
      emit({ type: 'routing', reason: choice.reason });
      try {
        return await runChain(choice.stages, positionsMax, loop, router);
      } catch (error) {
        signal.throwIfAborted();
        const isRepairable = error instanceof PeerError && REPAIRABLE.has(error.code);
        if (!isRepairable || progress.repairs >= REPAIRS_MAX) throw error;
        progress.repairs += 1;
        for (const peerId of await culprits(error, closing.at(-1))) router.exclude(peerId);
        emit({ type: 'repair', attempt: progress.repairs, reason: reportError(error) });
      }
    }
  };

  const runChain = async (
    stages: readonly ChainStage[],
    positionsMax: number,
    tokens: TokenLoop,
    route: Router,
  ): Promise<FinishReason> => {
    const activation = request.activation ?? 'f16';
    const chain = await openChain({
      transport,
      stages,
      sessionId,
      epoch: progress.repairs,
      modelRoot: request.modelRoot,
      positionsMax,
      activation,
      prefixKeys: await keysOf(tokens.contextIds),
      signal,
    });
    progress.chain = stages;
    emit({ type: 'chain', chain: stages });
    const stopWatching = route.onGone(stages, (peerId) =>
      chain.lose(peerId, 'The relay saw a volunteer of the chain leave.'),
    );
    try {
      const { contextIds } = tokens;
      const isDrafting = request.drafts ?? true;
      drafting ??= createDraftedSteps({
        contextIds,
        positionsMax,
        isDrafting,
        ...(options.createPolicy && { createPolicy: options.createPolicy }),
      });
      return await generateOn(chain, tokens, drafting);
    } finally {
      stopWatching();
      // The next turn begins with this one, so its pages are worth keeping. The last token was never
      // run: where it would end a page, that page holds what was drafted in its place.
      const keys = await keysOf(tokens.contextIds.slice(0, -1));
      // A dead stage keeps its account for a second; the next chain must not wait for it.
      closing.push(chain.close(keys));
    }
  };

  const generateOn = async (
    chain: Chain,
    tokens: TokenLoop,
    steps: DraftedSteps,
  ): Promise<FinishReason> => {
    const totalTokens = tokens.contextIds.length;
    const prefillStartMs = performance.now();
    const reused = wholePagesBefore(totalTokens - 1, chain.reusedPositions);
    emit({ type: 'prefill', doneTokens: reused, totalTokens });
    const rows = await chain.run(tokens.contextIds.slice(reused), reused, 1, (doneTokens) =>
      emit({ type: 'prefill', doneTokens: reused + doneTokens, totalTokens }),
    );
    let step: DraftedStep = { rows, draft: [] };
    progress.prefillMs ??= performance.now() - prefillStartMs;
    progress.reusedTokens ??= reused;
    for (let isFirst = true; ; isFirst = false) {
      for (const [index, row] of step.rows.entries()) {
        const { tokenId, text, finish } = tokens.accept(row);
        progress.firstTokenMs ??= performance.now();
        const nowMs = performance.now();
        if (!isFirst && progress.lastTokenMs !== undefined) {
          progress.decodedTokens += 1;
          decodeMs += nowMs - progress.lastTokenMs;
        }
        progress.lastTokenMs = nowMs;
        emit({ type: 'token', tokenId, text });
        if (finish) return finish;
        // The next row is what follows the drafted token, which is not the one that came.
        if (tokenId !== step.draft[index]) break;
      }
      step = await steps.run(chain);
    }
  };
  const finish = async (finishReason: FinishReason, error?: unknown): Promise<void> => {
    const rest = loop?.flush() ?? '';
    const links = mergeLinks((await Promise.all(closing)).flatMap((account) => account.links));
    const { firstTokenMs, prefillMs, startedMs, promptTokens, reusedTokens = 0 } = progress;
    const prefilled = promptTokens - reusedTokens;
    const drafted = drafting?.counts();
    const answer: Answer = {
      text: loop?.text ?? '',
      tokenIds: [...(loop?.generatedIds ?? [])],
      finishReason,
      ...(error !== undefined && { error: reportError(error) }),
      chain: progress.chain,
      links,
      stats: {
        promptTokens,
        ...(reusedTokens > 0 && { reusedTokens }),
        ...(drafted && drafted.draftedTokens > 0 && drafted),
        repairs: progress.repairs,
        ...(firstTokenMs !== undefined && { ttftMs: firstTokenMs - startedMs }),
        ...(decodeMs > 0 && { decodeTokensPerSecond: (progress.decodedTokens * 1000) / decodeMs }),
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

/** Failures of volunteers: another chain may do better. Everything else would fail again. */
const REPAIRABLE: ReadonlySet<string> = new Set([
  'chain-lost',
  'step-timeout',
  'session-refused',
  'bad-frame',
]);

/** Who is to be avoided. After a missed deadline nobody is named: then those who do not answer at all. */
async function culprits(
  error: PeerError,
  closed: Promise<ChainAccount> | undefined,
): Promise<readonly string[]> {
  if (error.peerId !== undefined) return [error.peerId];
  return error.code === 'step-timeout' ? ((await closed)?.silentPeerIds ?? []) : [];
}

/** Bytes of all chains of one answer, added up per pair of peers. */
function mergeLinks(links: readonly ChainLink[]): ChainLink[] {
  const merged = new Map<string, ChainLink>();
  for (const link of links) {
    const key = `${link.from} ${link.to}`;
    const bytesSent = link.bytesSent + (merged.get(key)?.bytesSent ?? 0);
    merged.set(key, { ...link, bytesSent });
  }
  return [...merged.values()];
}
