import type { Detokenizer } from '@manyhands/model/tokenizer/tokenizer';
import { orAborted } from '../deadline.ts';
import { PeerError } from '../error.ts';
import { MODELS_LOADED_MAX, PROMPT_WORKERS_MAX } from '../limits.ts';
import type { AnswerRequest } from './answer.ts';
import type { PromptText } from './prompt-coder.ts';
import { type OpenPromptCoder, PromptCoderLost, type PromptCoders } from './prompt-coders.ts';

/** What a requester needs of a model: no weights, only how text becomes tokens. */
export interface RequesterModel {
  readonly blockCount: number;
  /** What the head costs a token, in blocks. */
  readonly headBlocks: number;
  readonly contextLength: number;
  readonly detokenizer: Detokenizer;
  /** Rejects with `ModelError`, or with `PromptCoderLost` where the model has to be loaded again. */
  encode(text: PromptText): Promise<Uint32Array>;
}

/** The verified header of a model's file, and what its manifest says. */
export interface ModelHeader extends Omit<RequesterModel, 'detokenizer' | 'encode'> {
  readonly bytes: Uint8Array;
  readonly fileBytes: number;
}

/** Fetches and verifies the header of a model. Rejects with `ModelError`. */
export type LoadModelHeader = (modelRoot: string, signal: AbortSignal) => Promise<ModelHeader>;

export interface ModelLibrary {
  load(modelRoot: string, signal: AbortSignal): Promise<RequesterModel>;
  /** It is loaded again when it is next needed. */
  forget(modelRoot: string): void;
}

/** Keeps the tokenizers of the models used last. */
export function createModelLibrary(
  loadHeader: LoadModelHeader,
  coders: Pick<PromptCoders, 'open'>,
): ModelLibrary {
  const models = new Map<string, RequesterModel & Pick<OpenPromptCoder, 'close'>>();
  const forget = (modelRoot: string): void => {
    models.get(modelRoot)?.close();
    models.delete(modelRoot);
  };
  return {
    forget,
    async load(modelRoot, signal) {
      const known = models.get(modelRoot);
      if (known) {
        models.delete(modelRoot);
        models.set(modelRoot, known);
        return known;
      }
      const { bytes, fileBytes, ...header } = await loadHeader(modelRoot, signal);
      // Kept also where nobody waits for it any more: the next question is likely to need it.
      const opening = coders.open(bytes, fileBytes).then((coder) => {
        const model = { ...header, ...coder };
        // Somebody else may have asked at the same time.
        forget(modelRoot);
        models.set(modelRoot, model);
        const [oldest] = models.keys();
        if (models.size > MODELS_LOADED_MAX && oldest !== undefined) forget(oldest);
        return model;
      });
      return orAborted(opening, signal);
    },
  };
}

/** A model, and the token ids of a request's input for it. Text people typed never becomes control tokens. */
export async function encodePrompt(
  models: ModelLibrary,
  { modelRoot, input }: Pick<AnswerRequest, 'modelRoot' | 'input'>,
  signal: AbortSignal,
): Promise<{ readonly model: RequesterModel; readonly promptIds: readonly number[] }> {
  for (let attempt = 0; ; attempt += 1) {
    const model = await models.load(modelRoot, signal);
    try {
      const promptIds = await orAborted(encodeInput(model, input), signal);
      return { model, promptIds: checkLength(promptIds, model.contextLength) };
    } catch (error) {
      // After so many workers the page does it.
      if (!(error instanceof PromptCoderLost) || attempt >= PROMPT_WORKERS_MAX) throw error;
      models.forget(modelRoot);
    }
  }
}

function checkLength(ids: readonly number[], contextLength: number): readonly number[] {
  if (ids.length === 0) throw new PeerError('prompt-empty', 'There is nothing to answer.');
  if (ids.length < contextLength) return ids;
  throw new PeerError(
    'prompt-too-long',
    `This conversation has ${ids.length} tokens and the model reads ${contextLength}: ` +
      'shorten it or start a new one.',
  );
}

async function encodeInput(
  { detokenizer: { vocabSize }, encode }: RequesterModel,
  input: AnswerRequest['input'],
): Promise<readonly number[]> {
  if (!('tokenIds' in input)) return Array.from(await encode(input));
  const isKnown = (id: number) => Number.isInteger(id) && id >= 0 && id < vocabSize;
  if (input.tokenIds.every(isKnown)) return input.tokenIds;
  throw new PeerError('prompt-empty', `Token ids are 0 to ${vocabSize - 1}.`);
}
