import { ModelError } from '../error.ts';
import { createTokenizerJson, type TokenizerJson } from '../tokenizer/tokenizer-json.ts';
import { EMBEDDING_TEXT_CHARS_MAX } from './limits.ts';

/** Text as the token ids an embedding model reads, the marks at its ends included. */
export interface TextTokenizer {
  /** Throws `unsupported-feature` on a text far longer than any model reads. */
  encode(text: string): Uint32Array<ArrayBuffer>;
}

/** Makes the tokenizer a `tokenizer.json` describes. Throws `unsupported-tokenizer`. */
export function createTextTokenizer(json: string): TextTokenizer {
  const tokenizer = parse(json);
  const encode = (text: string): Uint32Array<ArrayBuffer> => {
    if (text.length > EMBEDDING_TEXT_CHARS_MAX) {
      throw new ModelError(
        'unsupported-feature',
        `The text has ${text.length} characters; at most ${EMBEDDING_TEXT_CHARS_MAX} are read. ` +
          'Cut it into parts.',
      );
    }
    // No byte sequence stands for half of a pair.
    const plain = text.replace(/\p{Surrogate}/gu, '\ufffd');
    const ids = tokenizer.encode(plain, { addsMarks: true });
    return checkIds(ids);
  };
  // A description that only fails once it is used must fail while it is loaded.
  encode('Hello, world');
  return { encode };
}

function parse(json: string): TokenizerJson {
  try {
    const description: unknown = JSON.parse(json);
    if (typeof description !== 'object' || description === null) throw new Error('no object');
    return createTokenizerJson(description);
  } catch (cause) {
    throw unsupported(cause);
  }
}

function checkIds(ids: readonly unknown[]): Uint32Array<ArrayBuffer> {
  for (const id of ids) {
    if (typeof id !== 'number' || !Number.isInteger(id) || id < 0) {
      throw unsupported(`it gives ${id} as a token id`);
    }
  }
  return Uint32Array.from(ids as readonly number[]);
}

function unsupported(cause: unknown): ModelError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ModelError(
    'unsupported-tokenizer',
    `This model's tokenizer.json cannot be used (${reason.slice(0, 200)}). Choose another model.`,
    { cause },
  );
}
