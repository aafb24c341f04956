import { encodeChat } from '@manyhands/model/chat-template';
import type { GgufMetadata } from '@manyhands/model/gguf/header';
import { createTokenizer } from '@manyhands/model/tokenizer/create-tokenizer';
import type { Tokenizer } from '@manyhands/model/tokenizer/tokenizer';
import { PeerError } from '../error.ts';
import { MODELS_LOADED_MAX } from '../limits.ts';
import type { AnswerRequest } from './answer.ts';

/** What a requester needs of a model: no weights, only how text becomes tokens. */
export interface RequesterModel {
  readonly blockCount: number;
  /** What the head costs a token, in blocks. */
  readonly headBlocks: number;
  readonly contextLength: number;
  readonly tokenizer: Tokenizer;
  readonly metadata: GgufMetadata;
}

/** Fetches and verifies the header of a model. Rejects with `ModelError`. */
export type LoadModelHeader = (
  modelRoot: string,
  signal: AbortSignal,
) => Promise<Omit<RequesterModel, 'tokenizer'>>;

export interface ModelLibrary {
  load(modelRoot: string, signal: AbortSignal): Promise<RequesterModel>;
}

/** Keeps the tokenizers of the last models: building one from 150,000 tokens takes a second. */
export function createModelLibrary(loadHeader: LoadModelHeader): ModelLibrary {
  const models = new Map<string, RequesterModel>();
  return {
    async load(modelRoot, signal) {
      const known = models.get(modelRoot);
      if (known) return known;
      const header = await loadHeader(modelRoot, signal);
      const model = { ...header, tokenizer: createTokenizer(header.metadata) };
      models.set(modelRoot, model);
      const [oldest] = models.keys();
      if (models.size > MODELS_LOADED_MAX && oldest !== undefined) models.delete(oldest);
      return model;
    },
  };
}

/** Token ids of a request's input. Text people typed never becomes control tokens. */
export async function encodePrompt(
  model: RequesterModel,
  input: AnswerRequest['input'],
): Promise<readonly number[]> {
  const ids = await encodeInput(model, input);
  if (ids.length === 0) throw new PeerError('prompt-empty', 'There is nothing to answer.');
  if (ids.length >= model.contextLength) {
    throw new PeerError(
      'prompt-too-long',
      `This conversation has ${ids.length} tokens and the model reads ${model.contextLength}: ` +
        'shorten it or start a new one.',
    );
  }
  return ids;
}

async function encodeInput(
  { tokenizer, metadata }: RequesterModel,
  input: AnswerRequest['input'],
): Promise<readonly number[]> {
  if ('tokenIds' in input) {
    const isKnown = (id: number) => Number.isInteger(id) && id >= 0 && id < tokenizer.vocabSize;
    if (input.tokenIds.every(isKnown)) return input.tokenIds;
    throw new PeerError('prompt-empty', `Token ids are 0 to ${tokenizer.vocabSize - 1}.`);
  }
  if ('rawText' in input) {
    const addBos = tokenizer.addsBos;
    return Array.from(tokenizer.encode(input.rawText, { parseSpecial: false, addBos }));
  }
  const template = metadata.get('tokenizer.chat_template');
  const source = typeof template === 'string' ? template : undefined;
  return Array.from(await encodeChat(tokenizer, source, input.messages));
}
