import { ModelError } from '../error.ts';
import type { GgufMetadata } from '../gguf/header.ts';
import { decodeByteCharacters } from './byte-characters.ts';
import { createByteLevelBpe, type EncodeText } from './byte-level-bpe.ts';
import { unknownToken } from './detokenizer.ts';
import { ENCODE_CHARS_MAX } from './limits.ts';
import { readVocabulary, type Vocabulary } from './read-vocabulary.ts';
import { createSentencePiece, SPACE_MARK } from './sentence-piece.ts';
import { splitSpecial } from './split-special.ts';
import { createStreamingDecoder } from './streaming-decoder.ts';
import { TOKEN_KIND } from './token-kinds.ts';
import type { TextPart, Tokenizer } from './tokenizer.ts';

/** Makes the tokenizer that a GGUF file's metadata describes; ids equal llama.cpp's. */
export function createTokenizer(metadata: GgufMetadata): Tokenizer {
  const vocabulary = readVocabulary(metadata);
  const { tokens, special, algorithm, bosId, eosId } = vocabulary;
  const byteIds = findByteIds(tokens);
  const byteOf = new Map([...byteIds].flatMap((id, byte) => (id < 0 ? [] : [[id, byte] as const])));
  const encodeText = createEncodeText(vocabulary, byteIds);
  const isSentencePiece = algorithm.type === 'sentence-piece';
  const addsSpacePrefix = isSentencePiece && algorithm.addsSpacePrefix;
  const specialIds = new Map(special.map((token) => [token.text, token.id]));

  const encodeParts: Tokenizer['encodeParts'] = (parts, options) => {
    const ids: number[] = [];
    if (options?.addBos === true && bosId !== undefined) ids.push(bosId);
    // SentencePiece texts begin with a space: at the start and after each special token.
    let isAfterSpecial = true;
    for (const fragment of splitSpecial(checkParts(parts), special)) {
      if ('id' in fragment) {
        ids.push(fragment.id);
        isAfterSpecial = true;
        continue;
      }
      const prefix = addsSpacePrefix && isAfterSpecial ? ' ' : '';
      // One by one: a spread of 100,000 arguments overflows the stack.
      for (const id of encodeText(prefix + fragment.text)) ids.push(id);
      isAfterSpecial = false;
    }
    return Uint32Array.from(ids);
  };

  const decodeToken = (id: number): Uint8Array => {
    const text = tokenText(id);
    const kind = vocabulary.kinds[id];
    if (kind === TOKEN_KIND.userDefined) return new TextEncoder().encode(text);
    const byte = isSentencePiece ? byteOf.get(id) : undefined;
    if (byte !== undefined) return Uint8Array.of(byte);
    if (kind !== TOKEN_KIND.normal) return new Uint8Array(0);
    if (!isSentencePiece) return decodeByteCharacters(text);
    return new TextEncoder().encode(text.replaceAll(SPACE_MARK, ' '));
  };

  const tokenText = (id: number): string => {
    const text = tokens[id];
    if (text !== undefined) return text;
    throw unknownToken(id, tokens.length);
  };

  return {
    vocabSize: tokens.length,
    ...(bosId === undefined ? {} : { bosId }),
    ...(eosId === undefined ? {} : { eosId }),
    eosIds: vocabulary.endIds,
    addsBos: vocabulary.addsBos,
    stripsFirstSpace: addsSpacePrefix,
    encode: (text, { parseSpecial, addBos }) =>
      encodeParts([{ text, parseSpecial }], { addBos: addBos === true }),
    encodeParts,
    decodeToken,
    createDecoder: (options) =>
      createStreamingDecoder(decodeToken, {
        stripsFirstSpace: addsSpacePrefix && options?.isContinuation !== true,
      }),
    tokenText,
    specialId: (text) => specialIds.get(text),
    isControl: (id) => vocabulary.kinds[id] === TOKEN_KIND.control,
  };
}

function createEncodeText(vocabulary: Vocabulary, byteIds: Int32Array): EncodeText {
  const { tokens, kinds, algorithm } = vocabulary;
  if (algorithm.type === 'byte-level-bpe') {
    return createByteLevelBpe(tokens, kinds, algorithm.merges, algorithm.preTokenizer);
  }
  const { scores, unknownId } = algorithm;
  return createSentencePiece({ tokens, kinds, scores, byteIds, unknownId });
}

/** Ids of the byte tokens `<0x00>`…`<0xFF>`, by text: old files do not mark them. -1 means none. */
function findByteIds(tokens: readonly string[]): Int32Array {
  const byteIds = new Int32Array(256).fill(-1);
  for (let id = 0; id < tokens.length; id++) {
    const match = /^<0x([0-9A-F]{2})>$/.exec(tokens[id] as string);
    if (match !== null) byteIds[Number.parseInt(match[1] as string, 16)] = id;
  }
  return byteIds;
}

/** Bounds the text, and replaces lone surrogates, which no byte sequence stands for, by U+FFFD. */
function checkParts(parts: readonly TextPart[]): TextPart[] {
  const length = parts.reduce((sum, part) => sum + part.text.length, 0);
  if (length > ENCODE_CHARS_MAX) {
    throw new ModelError(
      'unsupported-feature',
      `The text has ${length} characters; at most ${ENCODE_CHARS_MAX} are tokenised. Shorten it.`,
    );
  }
  return parts.map(({ text, parseSpecial }) => ({
    text: text.replace(/\p{Surrogate}/gu, '\ufffd'),
    parseSpecial,
  }));
}
