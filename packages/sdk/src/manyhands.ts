import { createCatalogClient } from '@manyhands/peer/catalog-client';
import type * as api from '../types/manyhands.d.ts';
import { createConnection } from './connection.ts';
import { contribute } from './contribute.ts';
import { ManyhandsError } from './error.ts';
import { createFetch } from './http/create-fetch.ts';
import { createChatCompletions } from './requests/chat.ts';
import { createEmbeddings } from './requests/embeddings.ts';
import { createModelDirectory } from './requests/models.ts';
import { serveOpenAi } from './serve-openai.ts';

/** See `types/manyhands.d.ts`. A class because people know `new OpenAI()`. */
class Manyhands implements api.Manyhands {
  readonly chat: api.Manyhands['chat'];
  readonly embeddings: api.Embeddings;
  readonly models: api.Models;
  readonly fetch: api.Manyhands['fetch'];
  readonly contribute: api.Manyhands['contribute'];
  readonly close: () => void;

  constructor(options: api.ManyhandsOptions) {
    const relay = originOf(options.relay);
    const connection = createConnection({ ...options, relay });
    const models = createModelDirectory(createCatalogClient(() => options.relays ?? [relay]));
    const requester = async () => (await connection.peer()).requester;
    const embedder = async () => (await connection.peer()).embedder;
    this.chat = { completions: createChatCompletions({ models, requester }) };
    this.embeddings = createEmbeddings({ models, embedder });
    this.models = models;
    this.fetch = createFetch(this);
    this.contribute = (element, more) => contribute(relay, element, more);
    this.close = () => connection.close();
  }
}

function originOf(relay: unknown): string {
  const isWeb = typeof relay === 'string' && /^https?:/.test(relay) && URL.canParse(relay);
  if (isWeb) return new URL(relay).origin;
  const message = 'relay is the origin of a relay, like https://example.org.';
  throw new ManyhandsError('invalid-request', message, { param: 'relay' });
}

export { Manyhands, ManyhandsError, serveOpenAi };
