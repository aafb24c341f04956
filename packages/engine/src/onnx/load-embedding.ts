import { embeddingMemoryBytes } from '@manyhands/model/embedding/embedding-memory';
import { openEmbeddingStore } from '@manyhands/model/embedding/embedding-store';
import { createTextTokenizer, type TextTokenizer } from '@manyhands/model/embedding/text-tokenizer';
import type { WeightProgress } from '@manyhands/model/store/meter';
import { overBudget } from '../budget.ts';
import type { LoadProgress } from '../worker/engine-api.ts';
import { loadProgress } from '../worker/load-progress.ts';
import { type ChosenModel, chooseProvider } from './choose-provider.ts';
import type { LoadEmbeddingOptions, LoadedEmbedding } from './embedding-api.ts';
import type { TokenIds } from './embedding-model.ts';
import { EMBEDDING_MEASURED_TOKENS } from './limits.ts';

/** A model that is ready to serve, with its tokenizer. */
export interface ReadyEmbedding extends ChosenModel {
  readonly tokenizer: TextTokenizer;
  readonly loaded: LoadedEmbedding;
}

/** Manifest, verified bytes, runtime, a measurement. The store stays open until `signal` aborts. */
export async function loadEmbedding(
  options: LoadEmbeddingOptions,
  onProgress: (progress: LoadProgress) => void,
  signal: AbortSignal,
): Promise<ReadyEmbedding> {
  const report = (phase: LoadProgress['phase'], progress?: WeightProgress): void =>
    onProgress(loadProgress(phase, progress));
  const { modelRoot, manifestUrl, sourceUrls, tokenizerUrls, memoryBytesMax } = options;
  report('manifest');
  const store = await openEmbeddingStore({
    modelRoot,
    manifestUrl,
    sourceUrls,
    tokenizerUrls,
    onProgress: (progress) => report('weights', progress),
    signal,
  });
  try {
    const { manifest } = store;
    const { card } = manifest;
    const neededBytes = embeddingMemoryBytes(manifest);
    if (neededBytes > memoryBytesMax) {
      throw overBudget('this embedding model', neededBytes, memoryBytesMax);
    }
    // The small file first: a tokenizer that cannot be used must not cost the download of a model.
    const tokenizer = createTextTokenizer(await store.readTokenizer());
    const bytes = await store.readModel();
    report('compile', store.progress());
    const sample = sampleOf(tokenizer, card.tokensMax);
    const chosen = await chooseProvider(bytes, card, sample, options.provider);
    report('ready', store.progress());
    const { choice } = chosen;
    const loaded: LoadedEmbedding = {
      modelRoot,
      card,
      numericClass: `onnx-${choice.provider}`,
      weightBytes: bytes.length,
      choice,
      msPerText: choice.msPerText[choice.provider] ?? 0,
    };
    // What is in use is not deleted: this tab would have to download it at its next start.
    if (signal.aborted) store.close();
    else signal.addEventListener('abort', store.close, { once: true });
    return { ...chosen, tokenizer, loaded };
  } catch (error) {
    store.close();
    throw error;
  }
}

/** A sentence of ordinary length, as far as the model reads. */
function sampleOf(tokenizer: TextTokenizer, tokensMax: number): TokenIds {
  const sentence =
    'Many hands carry what no single one could carry alone, and nobody owns the road. ';
  const ids = tokenizer.encode(sentence.repeat(2));
  return ids.subarray(0, Math.min(EMBEDDING_MEASURED_TOKENS, tokensMax));
}
