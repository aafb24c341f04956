import type { ModelConfig } from '@manyhands/model/config';
import type { GgufMetadata } from '@manyhands/model/gguf/header';
import { readGguf } from '@manyhands/model/gguf/read-gguf';
import { createManifest } from '@manyhands/model/manifest-create';
import { manifestRoot } from '@manyhands/model/manifest-root';
import { createTokenizer } from '@manyhands/model/tokenizer/create-tokenizer';
import type { Tokenizer } from '@manyhands/model/tokenizer/tokenizer';
import { openFileSource } from '@manyhands/relay/models/file-source';
import { CliError } from '../error.ts';
import type { EvalOptions } from './eval-options.ts';

/** A model file, read and hashed. */
export interface EvalModel {
  readonly file: string;
  readonly config: ModelConfig;
  readonly metadata: GgufMetadata;
  readonly modelRoot: string;
  readonly manifestJson: string;
}

/** Reads and hashes a GGUF file. Throws `ModelError`. */
export async function openEvalModel(file: string, signal?: AbortSignal): Promise<EvalModel> {
  const source = await openFileSource(file);
  try {
    const { metadata } = await readGguf(source, signal);
    const manifest = await createManifest(source, { ...(signal && { signal }) });
    return {
      file,
      config: manifest.config,
      metadata,
      modelRoot: await manifestRoot(manifest),
      manifestJson: JSON.stringify(manifest),
    };
  } finally {
    await source.close();
  }
}

/** Token ids of a prompt, checked against the model. */
export function promptTokens(model: EvalModel, prompt: EvalOptions['prompt']): number[] {
  const tokens = 'text' in prompt ? encodeText(model, prompt.text) : [...prompt.tokens];
  if (tokens.length === 0 || ('text' in prompt && prompt.text === '')) {
    throw new CliError('prompt-empty', 'The prompt is empty: give at least one token.');
  }
  const { vocabSize } = model.config;
  const wrong = tokens.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabSize);
  if (wrong !== undefined) {
    throw new CliError(
      'bad-token',
      `Token ${wrong} is not in the vocabulary: ids of this model are 0 to ${vocabSize - 1}.`,
    );
  }
  return tokens;
}

/** The last generated token is never fed back, so it needs no position. */
export function checkContext(model: EvalModel, tokenCount: number, generate: number): void {
  const { contextLength } = model.config;
  const needed = tokenCount + generate - 1;
  if (needed <= contextLength) return;
  throw new CliError(
    'prompt-too-long',
    `${tokenCount} prompt tokens and ${generate} generated ones need ${needed} positions, and the ` +
      `model has ${contextLength}. Shorten the prompt or lower --generate.`,
  );
}

export function tokenizerOf({ metadata }: Pick<EvalModel, 'metadata'>): Tokenizer {
  return createTokenizer(metadata);
}

/** A tool for developers: control tokens in the text are parsed. */
function encodeText(model: EvalModel, text: string): number[] {
  const tokenizer = tokenizerOf(model);
  return [...tokenizer.encode(text, { parseSpecial: true, addBos: tokenizer.addsBos })];
}
