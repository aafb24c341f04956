import type { EmbeddingCard } from '@manyhands/model/embedding/card';
import { EngineError } from '../error.ts';
import { type EmbeddingGraph, type GraphInput, readEmbeddingGraph } from './embedding-graph.ts';
import {
  EMBEDDING_BATCH_TEXTS_MAX,
  EMBEDDING_BATCH_TOKENS_MAX,
  EMBEDDING_TEXTS_MAX,
} from './limits.ts';
import type { Onnx, OnnxFeed, OnnxProvider, OnnxSession } from './ort.ts';
import { poolVectors } from './pooling.ts';

/** Token ids of one text, the marks at its ends included. */
export type TokenIds = Uint32Array;

/** An ONNX model that returns one vector a text. Calls of `embed` must not overlap. */
export interface EmbeddingModel {
  readonly provider: OnnxProvider;
  readonly card: EmbeddingCard;
  /**
   * Vectors `[texts, dimension]` in the order of the texts, computed in batches, each through
   * `runBatch`. Throws `text-too-long`, `bad-step` for no texts or too many, and what the runtime finds.
   */
  embed(texts: readonly TokenIds[], runBatch?: RunBatch): Promise<Float32Array<ArrayBuffer>>;
  dispose(): Promise<void>;
}

/** Wraps each batch, so that a volunteer can rest between two. */
export type RunBatch = <Value>(work: () => Promise<Value>) => Promise<Value>;

/** Makes a session of verified bytes and checks what it takes and gives against the model's card. */
export async function createEmbeddingModel(
  onnx: Onnx,
  bytes: Uint8Array,
  card: EmbeddingCard,
  provider: OnnxProvider,
): Promise<EmbeddingModel> {
  const session = await onnx.open(bytes, provider);
  try {
    const graph = readEmbeddingGraph(session, card);
    return createModel(session, graph, card, provider);
  } catch (error) {
    await session.dispose();
    throw error;
  }
}

function createModel(
  session: OnnxSession,
  graph: EmbeddingGraph,
  card: EmbeddingCard,
  provider: OnnxProvider,
): EmbeddingModel {
  let isDisposed = false;
  return {
    provider,
    card,
    async embed(texts, runBatch = (work) => work()) {
      checkTexts(texts, card);
      const vectors = new Float32Array(texts.length * card.dimension);
      let done = 0;
      for (const batch of cutBatches(texts)) {
        const pooled = await runBatch(async () => {
          if (isDisposed)
            throw new EngineError('disposed', 'the model was unloaded; load it again');
          const result = await session.run(feedsOf(graph, batch), graph.output);
          const lengths = batch.map(({ length }) => length);
          return poolVectors(result, lengths, card);
        });
        vectors.set(pooled, done * card.dimension);
        done += batch.length;
      }
      return vectors;
    },
    async dispose() {
      if (isDisposed) return;
      isDisposed = true;
      await session.dispose();
    },
  };
}

function checkTexts(texts: readonly TokenIds[], { tokensMax }: EmbeddingCard): void {
  if (texts.length === 0 || texts.length > EMBEDDING_TEXTS_MAX) {
    throw new EngineError(
      'bad-step',
      `${texts.length} texts at a time; 1 to ${EMBEDDING_TEXTS_MAX} are computed together`,
    );
  }
  for (const [index, { length }] of texts.entries()) {
    if (length === 0) throw new EngineError('bad-step', `text ${index} has no tokens`);
    if (length <= tokensMax) continue;
    throw new EngineError(
      'text-too-long',
      `text ${index} has ${length} tokens and the model reads ${tokensMax}; cut it into parts`,
    );
  }
}

/** Neighbours that fit together once the shorter ones are padded. */
function cutBatches(texts: readonly TokenIds[]): TokenIds[][] {
  const batches: TokenIds[][] = [];
  let longest = 0;
  for (const text of texts) {
    const last = batches.at(-1);
    const tokens = Math.max(longest, text.length);
    const fits =
      last !== undefined &&
      last.length < EMBEDDING_BATCH_TEXTS_MAX &&
      (last.length + 1) * tokens <= EMBEDDING_BATCH_TOKENS_MAX;
    if (fits) last.push(text);
    else batches.push([text]);
    longest = fits ? tokens : text.length;
  }
  return batches;
}

function feedsOf({ inputs }: EmbeddingGraph, batch: readonly TokenIds[]): Record<string, OnnxFeed> {
  const tokens = Math.max(...batch.map(({ length }) => length));
  const feeds = inputs.map(({ name, role, element }) => {
    const values = new Uint32Array(batch.length * tokens);
    for (const [row, text] of batch.entries()) fillRow(role, text, values, row * tokens);
    return [name, { element, dims: [batch.length, tokens], values }] as const;
  });
  return Object.fromEntries(feeds);
}

/** Padding stays 0 everywhere: what the mask hides does not count. */
function fillRow(role: GraphInput['role'], text: TokenIds, values: Uint32Array, start: number) {
  switch (role) {
    case 'ids':
      values.set(text, start);
      return;
    case 'mask':
      values.fill(1, start, start + text.length);
      return;
    case 'positions':
      for (let index = 0; index < text.length; index += 1) values[start + index] = index;
      return;
    case 'types':
      return;
    default:
      role satisfies never;
  }
}
