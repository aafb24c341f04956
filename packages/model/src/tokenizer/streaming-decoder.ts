import type { StreamingDecoder } from './tokenizer.ts';

/**
 * Joins the bytes of tokens into text. A character may span tokens: its bytes wait until they are
 * complete, and bytes that can never form one become U+FFFD.
 */
export function createStreamingDecoder(
  decodeToken: (id: number) => Uint8Array,
  options: { stripsFirstSpace: boolean },
): StreamingDecoder {
  // ignoreBOM keeps U+FEFF, which is text here.
  const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
  let isAtStart = true;
  return {
    push(id) {
      let bytes = decodeToken(id);
      if (bytes.length === 0) return '';
      if (isAtStart && options.stripsFirstSpace && bytes[0] === 0x20) bytes = bytes.subarray(1);
      isAtStart = false;
      return utf8.decode(bytes, { stream: true });
    },
    flush() {
      isAtStart = true;
      return utf8.decode();
    },
  };
}
