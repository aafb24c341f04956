import { encodeChat } from '@manyhands/model/chat-template';
import { parseWholeGguf } from '@manyhands/model/gguf/parse-gguf';
import { createTokenizer } from '@manyhands/model/tokenizer/create-tokenizer';
import type { Tokenizer } from '@manyhands/model/tokenizer/tokenizer';
import type { AnswerRequest } from './answer.ts';

/** What a person wrote, before it is tokens. */
export type PromptText = Exclude<AnswerRequest['input'], { readonly tokenIds: readonly number[] }>;

/** One model's tokenizer and chat template. */
export interface PromptCoder {
  readonly tokenizer: Tokenizer;
  /** Text people typed never becomes control tokens. */
  encode(text: PromptText): Promise<Uint32Array>;
}

/**
 * Makes it from the verified header of a GGUF file; 150,000 tokens take a second of computing. Throws
 * `ModelError`.
 */
export function createPromptCoder(header: Uint8Array, fileBytes: number): PromptCoder {
  const { metadata } = parseWholeGguf(header, fileBytes);
  const tokenizer = createTokenizer(metadata);
  const template = metadata.get('tokenizer.chat_template');
  const source = typeof template === 'string' ? template : undefined;
  return {
    tokenizer,
    async encode(text) {
      if ('rawText' in text) {
        return tokenizer.encode(text.rawText, { parseSpecial: false, addBos: tokenizer.addsBos });
      }
      const { messages, answerStart = '' } = text;
      return encodeChat(tokenizer, source, messages, { answerStart });
    },
  };
}
