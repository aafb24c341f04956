/** What a token is for; the numbers are GGUF's `tokenizer.ggml.token_type`. */
export const TOKEN_KIND = {
  undefined: 0,
  normal: 1,
  unknown: 2,
  control: 3,
  userDefined: 4,
  unused: 5,
  byte: 6,
} as const;

/**
 * Texts that end a generation wherever a vocabulary has them, because files often name only one of
 * their end tokens. The list is llama.cpp's (`special_eog_ids` in `llama-vocab.cpp`).
 */
export const END_TEXTS: readonly string[] = [
  '<|eot_id|>',
  '<|im_end|>',
  '<|end|>',
  '<|return|>',
  '<|call|>',
  '<end_of_turn>',
  '<|endoftext|>',
  '</s>',
  '<|eom_id|>',
  '<EOT>',
  '_<EOT>',
  '[EOT]',
  '[EOS]',
  '<|end_of_text|>',
  '<end_of_utterance>',
  '<eos>',
  '<｜end▁of▁sentence｜>',
];

/**
 * Fill-in-the-middle tokens that also end a generation: padding, repository, file separator. A file
 * may name one by metadata; otherwise the first of these texts counts, as in llama.cpp.
 */
export const FILL_END_TOKENS: readonly { key: string; texts: readonly string[] }[] = [
  {
    key: 'tokenizer.ggml.fim_pad_token_id',
    texts: ['<|fim_pad|>', '<fim-pad>', '<fim_pad>', '<PAD>', '[PAD]'],
  },
  {
    key: 'tokenizer.ggml.fim_rep_token_id',
    texts: ['<|fim_repo|>', '<|repo_name|>', '<fim-repo>', '<REPO>', '<reponame>'],
  },
  { key: 'tokenizer.ggml.fim_sep_token_id', texts: ['<|file_sep|>'] },
];

/** Texts that are control tokens even where a converter marked them otherwise. */
export const CONTROL_TEXTS: readonly string[] = [
  '<|fim_prefix|>',
  '<fim-prefix>',
  '<fim_prefix>',
  '<｜fim▁begin｜>',
  '<PRE>',
  '<|fim_suffix|>',
  '<fim-suffix>',
  '<fim_suffix>',
  '<｜fim▁hole｜>',
  '<SUF>',
  '<|fim_middle|>',
  '<fim-middle>',
  '<fim_middle>',
  '<｜fim▁end｜>',
  '<MID>',
];

/** Phi-3's tokens that do not swallow the white space after them. */
export const PHI3_KEEPS_SPACE: ReadonlySet<string> = new Set(['<unk>', '<s>', '<|endoftext|>']);
