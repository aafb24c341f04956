import { ModelError } from '../error.ts';
import type { GgufMetadata } from '../gguf/header.ts';
import { optionalBool, optionalText } from '../gguf/metadata.ts';
import {
  MERGES_MAX,
  SPECIAL_TOKENS_MAX,
  TOKEN_CHARS_MAX,
  VOCABULARY_TOKENS_MAX,
} from './limits.ts';
import { malformed, readTexts, readTokenId, readTokenNumbers } from './metadata-fields.ts';
import { choosePreTokenizer, type PreTokenizer } from './pre-tokenizers.ts';
import {
  CONTROL_TEXTS,
  END_TEXTS,
  FILL_END_TOKENS,
  PHI3_KEEPS_SPACE,
  TOKEN_KIND,
} from './token-kinds.ts';

/** A token whose text is looked for in a text before anything else is tokenised. */
export interface SpecialToken {
  readonly id: number;
  readonly text: string;
  /** Never produced from text that people typed. */
  readonly isControl: boolean;
  /** Swallows the white space that follows. */
  readonly stripsRight: boolean;
}

/** What a GGUF file says about its tokens, checked. */
export interface Vocabulary {
  readonly tokens: readonly string[];
  readonly kinds: Uint8Array;
  readonly special: readonly SpecialToken[];
  readonly algorithm:
    | { type: 'byte-level-bpe'; merges: readonly string[]; preTokenizer: PreTokenizer }
    | {
        type: 'sentence-piece';
        scores: Float32Array;
        addsSpacePrefix: boolean;
        unknownId: number | undefined;
      };
  readonly bosId: number | undefined;
  readonly eosId: number | undefined;
  readonly endIds: ReadonlySet<number>;
  readonly addsBos: boolean;
}

/** Reads and checks the tokenizer part of a file's metadata. */
export function readVocabulary(metadata: GgufMetadata): Vocabulary {
  const model = optionalText(metadata, 'tokenizer.ggml.model');
  if (model !== 'gpt2' && model !== 'llama') {
    throw new ModelError(
      'unsupported-tokenizer',
      `This file's tokenizer is ${JSON.stringify(model ?? 'missing')}; byte-level BPE ("gpt2") ` +
        'and SentencePiece ("llama") are supported. Choose another model.',
    );
  }
  const tokens = readTokens(metadata);
  const kinds = readKinds(metadata, tokens.length);
  const idOf = new Map(tokens.map((text, id) => [text, id]));
  const isSentencePiece = model === 'llama';
  const id = (name: string, fallback?: number): number | undefined =>
    readTokenId(metadata, `tokenizer.ggml.${name}_token_id`, tokens.length) ??
    (fallback !== undefined && fallback < tokens.length ? fallback : undefined);
  // The defaults are llama.cpp's for SentencePiece; its defaults for BPE (both 11) are accidental.
  const bosId = id('bos', isSentencePiece ? 1 : undefined);
  const eosId = id('eos', isSentencePiece ? 2 : undefined);
  const endIds = markSpecialTokens(metadata, tokens, kinds, idOf);
  for (const end of [eosId, id('eot'), id('eom')]) if (end !== undefined) endIds.add(end);
  const algorithm = isSentencePiece
    ? readSentencePiece(metadata, tokens.length, id('unknown', 0))
    : readByteLevelBpe(metadata);
  const addsBosByDefault =
    algorithm.type === 'sentence-piece' || algorithm.preTokenizer.addsBos === true;
  const asksForBos = optionalBool(metadata, 'tokenizer.ggml.add_bos_token');
  if (asksForBos === true && bosId === undefined) {
    throw malformed('tokenizer.ggml.add_bos_token', 'asks for a BOS token that is not named');
  }
  return {
    tokens,
    kinds,
    special: listSpecialTokens(metadata, tokens, kinds),
    algorithm,
    bosId,
    eosId,
    endIds,
    addsBos: bosId !== undefined && (asksForBos ?? addsBosByDefault),
  };
}

function readTokens(metadata: GgufMetadata): readonly string[] {
  const key = 'tokenizer.ggml.tokens';
  const limits = { countMax: VOCABULARY_TOKENS_MAX, charsMax: TOKEN_CHARS_MAX };
  const tokens = readTexts(metadata, key, limits);
  if (tokens === undefined || tokens.length === 0) throw malformed(key, 'is missing or empty');
  // An empty text would be found everywhere. The name is llama.cpp's.
  return tokens.map((text, id) => (text === '' ? `[EMPTY_${id}]` : text));
}

function readKinds(metadata: GgufMetadata, tokenCount: number): Uint8Array {
  const key = 'tokenizer.ggml.token_type';
  const kinds = new Uint8Array(tokenCount).fill(TOKEN_KIND.normal);
  const types = readTokenNumbers(metadata, key, tokenCount);
  for (let i = 0; types !== undefined && i < tokenCount; i++) {
    const type = types[i] as number;
    if (!Number.isInteger(type) || type < 0 || type > TOKEN_KIND.byte) {
      throw malformed(key, `holds the unknown type ${type} at ${i}`);
    }
    kinds[i] = type;
  }
  return kinds;
}

/** Turns tokens that steer generation into control tokens, and returns those that end it. */
function markSpecialTokens(
  metadata: GgufMetadata,
  tokens: readonly string[],
  kinds: Uint8Array,
  idOf: ReadonlyMap<string, number>,
): Set<number> {
  const endIds = new Set<number>();
  const find = (texts: readonly string[]) => texts.flatMap((text) => idOf.get(text) ?? []);
  for (const id of find(END_TEXTS)) endIds.add(id);
  for (const { key, texts } of FILL_END_TOKENS) {
    const id = readTokenId(metadata, key, tokens.length) ?? find(texts)[0];
    if (id !== undefined) endIds.add(id);
  }
  for (const id of [...endIds, ...find(CONTROL_TEXTS)]) kinds[id] = TOKEN_KIND.control;
  return endIds;
}

function listSpecialTokens(
  metadata: GgufMetadata,
  tokens: readonly string[],
  kinds: Uint8Array,
): readonly SpecialToken[] {
  const name = optionalText(metadata, 'general.name')?.toLowerCase() ?? '';
  // GGUF does not carry these attributes; llama.cpp recognises the one model by its name, too.
  const isPhi3 = name.includes('phi-3') || name.includes('phi3');
  const special: SpecialToken[] = [];
  for (let id = 0; id < tokens.length; id++) {
    const kind = kinds[id];
    const isControl = kind === TOKEN_KIND.control || kind === TOKEN_KIND.unknown;
    if (!isControl && kind !== TOKEN_KIND.userDefined) continue;
    const text = tokens[id] as string;
    special.push({ id, text, isControl, stripsRight: isPhi3 && !PHI3_KEEPS_SPACE.has(text) });
  }
  if (special.length > SPECIAL_TOKENS_MAX) {
    throw malformed('tokenizer.ggml.token_type', `marks ${special.length} tokens as special`);
  }
  const byteLength = (text: string) => new TextEncoder().encode(text).length;
  const lengths = new Map(special.map((token) => [token, byteLength(token.text)]));
  return special.sort((a, b) => (lengths.get(b) as number) - (lengths.get(a) as number));
}

function readByteLevelBpe(
  metadata: GgufMetadata,
): Extract<Vocabulary['algorithm'], { type: 'byte-level-bpe' }> {
  const key = 'tokenizer.ggml.merges';
  const limits = { countMax: MERGES_MAX, charsMax: 2 * TOKEN_CHARS_MAX + 1 };
  const merges = readTexts(metadata, key, limits);
  if (merges === undefined) throw malformed(key, 'is missing');
  const preTokenizer = choosePreTokenizer(optionalText(metadata, 'tokenizer.ggml.pre'));
  return { type: 'byte-level-bpe', merges, preTokenizer };
}

function readSentencePiece(
  metadata: GgufMetadata,
  tokenCount: number,
  unknownId: number | undefined,
): Vocabulary['algorithm'] {
  const scores = readTokenNumbers(metadata, 'tokenizer.ggml.scores', tokenCount);
  if (scores === undefined) throw malformed('tokenizer.ggml.scores', 'is missing');
  return {
    type: 'sentence-piece',
    scores: Float32Array.from(scores),
    addsSpacePrefix: optionalBool(metadata, 'tokenizer.ggml.add_space_prefix') ?? true,
    unknownId,
  };
}
