import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { CatalogEntry } from '@manyhands/model/catalog';
import { EmbeddingCard } from '@manyhands/model/embedding/card';
import { ModelError } from '@manyhands/model/error';
import * as v from 'valibot';
import { entryForFile } from './describe-file.ts';

/** An embedding model of this machine: `NAME.onnx` with `NAME.card.json` and `NAME.tokenizer.json`. */
export interface EmbeddingFile {
  readonly entry: CatalogEntry;
  readonly tokenizerPath: string;
}

const text = (lengthMax: number) => v.pipe(v.string(), v.minLength(1), v.maxLength(lengthMax));

/** `NAME.card.json`: how the model is used, which an ONNX file does not say, and what to call it. */
const CardFile = v.strictObject({
  name: v.optional(text(100)),
  description: v.optional(text(2000)),
  licence: v.optional(text(100)),
  parameters: v.optional(text(16)),
  ...EmbeddingCard.entries,
});

export function isOnnxFile(path: string): boolean {
  return /\.onnx$/i.test(path);
}

/** Reads the card beside an ONNX file. Throws `not-found` or `malformed` with what to put there. */
export async function readEmbeddingFile(
  path: string,
  takenIds: ReadonlySet<string>,
): Promise<EmbeddingFile> {
  const base = path.replace(/\.onnx$/i, '');
  const { name, description, licence, parameters, ...card } = await readCard(`${base}.card.json`);
  const tokenizerPath = `${base}.tokenizer.json`;
  const plain = entryForFile(path, takenIds);
  const sizes = await Promise.all([path, tokenizerPath].map(sizeOf));
  return {
    tokenizerPath,
    entry: {
      ...plain,
      name: name ?? plain.name,
      description: description ?? plain.description,
      licence: licence ?? plain.licence,
      parameters: parameters ?? plain.parameters,
      sizeBytes: Math.max(
        1,
        sizes.reduce((sum, size) => sum + size, 0),
      ),
      blockCount: 0,
      contextLength: card.tokensMax,
      embedding: { card, tokenizer: { type: 'file', file: basename(tokenizerPath) } },
    },
  };
}

async function readCard(path: string): Promise<v.InferOutput<typeof CardFile>> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    const problem = cause instanceof SyntaxError ? 'is not JSON' : 'cannot be read';
    throw new ModelError('not-found', `${basename(path)} ${problem}; ${CARD_HELP}`, { cause });
  }
  const parsed = v.safeParse(CardFile, value, { abortEarly: true });
  if (parsed.success) return parsed.output;
  const issue = parsed.issues[0];
  const field = v.getDotPath(issue) ?? 'it';
  throw new ModelError('malformed', `${basename(path)}, ${field}: ${issue.message}; ${CARD_HELP}`);
}

const CARD_HELP =
  'an ONNX model needs a card beside it with dimension, tokensMax, pooling (mean, cls or pooled) and normalizes';

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (cause) {
    const message = `${basename(path)} is missing beside the other files of the model; put it there`;
    throw new ModelError('not-found', message, { cause });
  }
}
