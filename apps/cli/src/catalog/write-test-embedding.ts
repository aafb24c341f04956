import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTinyEmbedding } from '@manyhands/testkit/tiny-embedding';

/** The seed of the model that demo and tests share. */
const SEED = 2026;

/**
 * Makes the small embedding model: `tiny-embedding.onnx` with its tokenizer and its card beside it, the
 * same bytes every time. Returns the path of the ONNX file. Its weights are random: texts with words in
 * common come out alike, and that is all it knows.
 */
export async function writeTestEmbedding(directory: string): Promise<string> {
  const { model, tokenizer, card } = createTinyEmbedding({ seed: SEED });
  await mkdir(directory, { recursive: true });
  const path = join(directory, 'tiny-embedding.onnx');
  await writeFile(path, model);
  await writeFile(join(directory, 'tiny-embedding.tokenizer.json'), tokenizer);
  await writeFile(join(directory, 'tiny-embedding.card.json'), JSON.stringify(card, undefined, 2));
  return path;
}
