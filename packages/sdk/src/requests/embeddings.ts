import { orAborted } from '@manyhands/peer/deadline';
import type { Embedder } from '@manyhands/peer/requester/embeddings';
import * as v from 'valibot';
import type { EmbeddingList, Embeddings } from '../../types/manyhands.d.ts';
import { failureOf, ManyhandsError } from '../error.ts';
import type { ModelDirectory } from './models.ts';
import { readRequest } from './read-request.ts';

const EmbeddingParams = v.strictObject({
  model: v.string(),
  input: v.union([v.string(), v.array(v.string())], 'must be text or a list of texts'),
  encoding_format: v.optional(v.picklist(['float', 'base64']), 'float'),
  dimensions: v.optional(v.number()),
});

export interface EmbeddingsDeps {
  readonly models: Pick<ModelDirectory, 'find'>;
  readonly embedder: () => Promise<Embedder>;
}

/** `embeddings` over an embedder. */
export function createEmbeddings({ models, embedder }: EmbeddingsDeps): Embeddings {
  return {
    async create(body, options = {}) {
      const signal = options.signal ?? new AbortController().signal;
      try {
        const params = readRequest(EmbeddingParams, body);
        signal.throwIfAborted();
        const modelRoot = await models.find(params.model, 'embedding', signal);
        const texts = typeof params.input === 'string' ? [params.input] : params.input;
        const asked = await orAborted(embedder(), signal);
        const answer = await asked.embed(texts, { modelRoot, signal });
        checkDimensions(params.dimensions, answer.dimension);
        const isText = params.encoding_format === 'base64';
        return {
          object: 'list',
          data: answer.vectors.map((vector, index) => ({
            object: 'embedding',
            index,
            embedding: isText ? encodeFloats(vector) : [...vector],
          })),
          model: params.model,
          usage: { prompt_tokens: answer.tokenCount, total_tokens: answer.tokenCount },
          manyhands: provenanceOf(modelRoot, answer.provenance),
        };
      } catch (error) {
        throw failureOf(error, signal);
      }
    },
  };
}

function checkDimensions(wanted: number | undefined, dimension: number): void {
  if (wanted === undefined || wanted === dimension) return;
  const message = `Vectors of this model have ${dimension} numbers: leave dimensions out.`;
  throw new ManyhandsError('invalid-request', message, { param: 'dimensions' });
}

function provenanceOf(
  modelRoot: string,
  parts: Awaited<ReturnType<Embedder['embed']>>['provenance'],
): EmbeddingList['manyhands'] {
  return {
    model_root: modelRoot,
    volunteers: parts.map((part) => ({
      peer_id: part.peerId,
      numeric_class: part.numericClass,
      first_input: part.firstText,
      end_input: part.endText,
      direct: part.isDirect,
      ...(part.path !== undefined && { path: part.path }),
      elapsed_ms: part.elapsedMs,
    })),
  };
}

/** Every machine with a browser is little-endian, as OpenAI's API is. */
function encodeFloats({ buffer, byteOffset, byteLength }: Float32Array<ArrayBuffer>): string {
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}
