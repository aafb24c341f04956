import type { EmbeddingCard } from '@manyhands/model/embedding/card';
import { chooseEmbedder } from '@manyhands/planner/whole-model';
import { EMBEDDING_DEADLINE_MS_MAX, EMBEDDING_DEADLINE_MS_MIN } from '@manyhands/protocol/limits';
import type { Link, Transport } from '@manyhands/swarm/link';
import { PeerError } from '../error.ts';
import { reportError } from '../error-report.ts';
import {
  COVERAGE_WAIT_MS,
  EMBED_ATTEMPTS_MAX,
  EMBED_DEADLINE_MS,
  EMBED_REQUESTS_IN_FLIGHT_MAX,
  EMBED_RETRY_MS,
  FIRST_ROUTE_WAIT_MS,
} from '../limits.ts';
import { pathOf } from '../link-io.ts';
import { askEmbedding } from './ask-embedding.ts';
import { cutTexts, type TextsPart } from './cut-texts.ts';
import type { Embedder, EmbeddingProvenance, EmbedOptions } from './embeddings.ts';
import {
  type RosterSource,
  rosterChanged,
  rosterCurrent,
  type WatchedRoster,
  watchForLoss,
} from './watch-roster.ts';

export interface EmbedderDeps {
  readonly transport: Transport;
  readonly watch: RosterSource;
  /** The card that a model's root commits to. Rejects with `ModelError` or `model-not-ready`. */
  readonly loadCard: (modelRoot: string, signal: AbortSignal) => Promise<EmbeddingCard>;
  /** How long a part that failed waits for somebody else to hold the model. */
  readonly coverageWaitMs?: number;
}

/** Asks volunteers for vectors; see `Embedder`. */
export function createEmbedder(deps: EmbedderDeps): Embedder {
  return {
    async embed(texts, options) {
      const parts = cutTexts(texts);
      const abort = new AbortController();
      const onAbort = (): void => abort.abort(aborted());
      if (options.signal?.aborted) onAbort();
      options.signal?.addEventListener('abort', onAbort, { once: true });
      const roster = deps.watch(options.modelRoot);
      try {
        const card = await deps.loadCard(options.modelRoot, abort.signal);
        await rosterCurrent(roster, abort.signal);
        const call = { deps, roster, card, options, signal: abort.signal };
        const answers = await inOrder(parts, (part) => embedPart(call, part));
        return {
          dimension: card.dimension,
          vectors: answers.flatMap(({ vectors }) => vectors),
          tokenCount: answers.reduce((sum, { provenance }) => sum + provenance.tokenCount, 0),
          provenance: answers.map(({ provenance }) => provenance),
        };
      } finally {
        // Whatever still runs belongs to a call that failed.
        onAbort();
        options.signal?.removeEventListener('abort', onAbort);
        roster.dispose();
      }
    },
  };
}

interface Call {
  readonly deps: EmbedderDeps;
  readonly roster: WatchedRoster;
  readonly card: EmbeddingCard;
  readonly options: EmbedOptions;
  readonly signal: AbortSignal;
}

interface PartAnswer {
  readonly vectors: readonly Float32Array<ArrayBuffer>[];
  readonly provenance: EmbeddingProvenance;
}

/** One request, asked of one volunteer after another until one answers. */
async function embedPart(call: Call, part: TextsPart): Promise<PartAnswer> {
  const { roster, card, options, signal } = call;
  const failed = new Set<string>();
  for (let attempt = 1; ; attempt += 1) {
    const { peerId, numericClass } = await chooseVolunteer(call, failed);
    const startedMs = performance.now();
    try {
      const link = await connect(call, peerId);
      const answer = await askEmbedding({
        link,
        modelRoot: options.modelRoot,
        card,
        texts: part.texts,
        deadlineMs: deadlineOf(options),
        signal,
        onGone: (listener) => watchForLoss(roster, [peerId], listener),
      });
      const elapsedMs = performance.now() - startedMs;
      const { tokenCount, computeMs, vectors } = answer;
      const { firstText, endText } = part;
      const path = await pathOf(link);
      const provenance = {
        peerId,
        numericClass,
        firstText,
        endText,
        tokenCount,
        computeMs,
        elapsedMs,
        isDirect: path === 'direct',
        path,
        failedPeerIds: [...failed],
      };
      return { vectors: rowsOf(vectors, card.dimension), provenance };
    } catch (error) {
      signal.throwIfAborted();
      const mayAskAnother = error instanceof PeerError && error.peerId !== undefined;
      if (!mayAskAnother || attempt >= EMBED_ATTEMPTS_MAX) throw error;
      failed.add(peerId);
    }
  }
}

/**
 * A first choice waits only for a directory message that may be under way. After a failure it waits for
 * somebody else; whoever failed may be all there is, and is asked again after a moment.
 */
async function chooseVolunteer({ deps, roster, options, signal }: Call, failed: Set<string>) {
  const { transport, coverageWaitMs = COVERAGE_WAIT_MS } = deps;
  const startedMs = performance.now();
  const waitMs = failed.size > 0 ? coverageWaitMs : FIRST_ROUTE_WAIT_MS;
  for (;;) {
    signal.throwIfAborted();
    const waitedMs = performance.now() - startedMs;
    const asksAgain = waitedMs >= Math.min(EMBED_RETRY_MS, waitMs);
    const choice = chooseEmbedder({
      modelRoot: options.modelRoot,
      entries: roster.entries,
      requesterPeerId: transport.peerId,
      ...(!asksAgain && { exclude: failed }),
      random: Math.random,
    });
    if (choice.kind === 'volunteer') return choice;
    if (waitedMs >= waitMs) throw new PeerError(choice.code, choice.message);
    const nextMs = asksAgain ? waitMs : Math.min(EMBED_RETRY_MS, waitMs);
    await rosterChanged(roster, nextMs - waitedMs, signal);
  }
}

async function connect({ deps, signal }: Call, peerId: string): Promise<Link> {
  try {
    return await deps.transport.connect(peerId, signal);
  } catch (cause) {
    signal.throwIfAborted();
    const text = `A volunteer could not be reached: ${reportError(cause).message}`;
    throw new PeerError('embedding-lost', text, { cause, peerId });
  }
}

/** A few at a time; the first failure ends all. */
async function inOrder<Item, Result>(
  items: readonly Item[],
  run: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const index = next;
      next += 1;
      results[index] = await run(items[index] as Item);
    }
  };
  const workerCount = Math.min(EMBED_REQUESTS_IN_FLIGHT_MAX, items.length);
  await Promise.all(Array.from({ length: workerCount }, worker));
  return results;
}

function rowsOf(vectors: Float32Array<ArrayBuffer>, dimension: number) {
  const rows: Float32Array<ArrayBuffer>[] = [];
  for (let start = 0; start < vectors.length; start += dimension) {
    rows.push(vectors.slice(start, start + dimension));
  }
  return rows;
}

function deadlineOf({ deadlineMs = EMBED_DEADLINE_MS }: EmbedOptions): number {
  const whole = Math.round(deadlineMs);
  return Math.min(EMBEDDING_DEADLINE_MS_MAX, Math.max(EMBEDDING_DEADLINE_MS_MIN, whole));
}

function aborted(): PeerError {
  return new PeerError('aborted', 'Embedding was stopped.');
}
