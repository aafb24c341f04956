import { openEmbeddingStore } from '@manyhands/model/embedding/embedding-store';
import { headInBlocks } from '@manyhands/model/head-in-blocks';
import { openWeightStore } from '@manyhands/model/store/weight-store';
import type { Transport } from '@manyhands/swarm/link';
import type { RelayLink } from '@manyhands/swarm/relay-link';
import type { CatalogClient } from '../catalog-client.ts';
import type { Ticker } from '../ticker.ts';
import type { Requester } from './answer.ts';
import { createEmbedder } from './embedder.ts';
import type { Embedder } from './embeddings.ts';
import { createForecaster, type Forecaster } from './forecaster.ts';
import { heedRefusals } from './heed-refusals.ts';
import { createModelLibrary } from './model-library.ts';
import type { PromptCoders } from './prompt-coders.ts';
import { createRequester } from './requester.ts';

/** What a tab asks with. */
export interface Askers {
  readonly requester: Requester;
  readonly embedder: Embedder;
  readonly forecaster: Forecaster;
}

/** What asking needs of a swarm, or of a tab that is alone. */
export interface AskedSwarm {
  readonly relay: Pick<RelayLink, 'watch'> & Partial<Pick<RelayLink, 'onRefused'>>;
  readonly transport: Transport;
  readonly catalog: CatalogClient;
}

/** What goes on beside the page. Who makes them ends them. */
export interface AskerThreads {
  readonly ticker: Ticker;
  readonly coders: PromptCoders;
}

/** Makes them over one swarm: of a model they read only what they need to ask, and no weights. */
export function createAskers(
  { relay, transport, catalog }: AskedSwarm,
  { ticker, coders }: AskerThreads,
): Askers {
  const models = createModelLibrary(async (modelRoot, signal) => {
    const location = await catalog.locate(modelRoot, signal);
    const weights = await openWeightStore({ modelRoot, ...location, signal });
    try {
      const { config, fileBytes } = weights.manifest;
      const { blockCount, contextLength } = config;
      const headBlocks = headInBlocks(weights.manifest);
      const bytes = await weights.readHeader(signal);
      return { blockCount, headBlocks, contextLength, bytes, fileBytes };
    } finally {
      weights.close();
    }
  }, coders);
  const requester = createRequester({
    transport,
    models,
    ticker,
    watch: (modelRoot) => relay.watch(modelRoot),
  });
  const embedder = createEmbedder({
    transport,
    watch: (modelRoot) => relay.watch(modelRoot),
    async loadCard(modelRoot, signal) {
      const { tokenizerUrls = [], ...location } = await catalog.locate(modelRoot, signal);
      // The manifest alone: a requester needs neither the model nor its tokenizer.
      const store = await openEmbeddingStore({ modelRoot, ...location, tokenizerUrls, signal });
      store.close();
      return store.manifest.card;
    },
  });
  const forecaster = createForecaster({
    transport,
    watch: (modelRoot) => relay.watch(modelRoot),
    async loadShape(modelRoot, signal) {
      const weights = await openWeightStore({
        modelRoot,
        ...(await catalog.locate(modelRoot, signal)),
        signal,
      });
      weights.close();
      const { config } = weights.manifest;
      return { blockCount: config.blockCount, headBlocks: headInBlocks(weights.manifest) };
    },
  });
  const { onRefused } = relay;
  return {
    requester: onRefused === undefined ? requester : heedRefusals(requester, { onRefused }),
    embedder,
    forecaster,
  };
}
