/** A run of text with one origin. Only text the program wrote itself may set `parseSpecial`. */
export interface TextPart {
  readonly text: string;
  /** Texts of control tokens (`<|im_end|>`) become these tokens. False for anything people typed. */
  readonly parseSpecial: boolean;
}

/** From tokens back to text: what is left to do once a prompt is tokens. */
export interface Detokenizer {
  readonly vocabSize: number;
  /** Every token that ends a generation, not only the one the file names `eos`. */
  readonly eosIds: ReadonlySet<number>;
  /** The first space of a text stands for its start. */
  readonly stripsFirstSpace: boolean;
  /** The bytes a token stands for: none for control tokens, possibly a part of a character. */
  decodeToken(id: number): Uint8Array;
  /** `isContinuation` keeps the first space. */
  createDecoder(options?: { isContinuation?: boolean }): StreamingDecoder;
}

export interface Tokenizer extends Detokenizer {
  readonly bosId?: number;
  readonly eosId?: number;
  /** The file asks for BOS before a prompt. */
  readonly addsBos: boolean;
  /** Token ids of one text. `addBos` defaults to false: the caller knows whether a prompt starts. */
  encode(text: string, options: { parseSpecial: boolean; addBos?: boolean }): Uint32Array;
  /** Token ids of parts that form one text: merges cross their borders, control tokens never do. */
  encodeParts(parts: readonly TextPart[], options?: { addBos?: boolean }): Uint32Array;
  /** The token as the vocabulary spells it, for showing to people. */
  tokenText(id: number): string;
  /** The id of a control or user-defined token with exactly this text. */
  specialId(text: string): number | undefined;
  /** Control tokens steer the model and are never part of a text. */
  isControl(id: number): boolean;
}

/** Turns tokens into text as they come, holding back the bytes of an unfinished character. */
export interface StreamingDecoder {
  push(id: number): string;
  /** What was held back, once no token follows. The decoder is at a start of text again. */
  flush(): string;
}
