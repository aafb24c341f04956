import { EMBEDDING_TEXTS_BYTES_MAX, EMBEDDING_TEXTS_MAX } from '@manyhands/protocol/limits';
import { PeerError } from '../error.ts';
import { EMBED_TEXTS_MAX } from '../limits.ts';

/** Texts `[firstText, endText)` of a call: one request. */
export interface TextsPart {
  readonly firstText: number;
  readonly endText: number;
  readonly texts: readonly string[];
}

/** Cuts the texts of a call into requests that a control message holds. Throws `PeerError`. */
export function cutTexts(texts: readonly string[]): TextsPart[] {
  if (texts.length === 0 || texts.some((text) => text.trim() === '')) {
    throw new PeerError('no-texts', 'There is nothing to embed: every text needs some words.');
  }
  if (texts.length > EMBED_TEXTS_MAX) {
    const message = `${texts.length} texts at a time; at most ${EMBED_TEXTS_MAX}: ask in parts.`;
    throw new PeerError('too-many-texts', message);
  }
  const parts: TextsPart[] = [];
  let firstText = 0;
  let bytes = 0;
  for (const [index, text] of texts.entries()) {
    // As it crosses the wire, quotes and comma included.
    const textBytes = JSON.stringify(text).length + 1;
    if (textBytes > EMBEDDING_TEXTS_BYTES_MAX) {
      const message = `Text ${index} has ${text.length} characters, more than one request holds: cut it.`;
      throw new PeerError('text-too-long', message);
    }
    const isFull = index - firstText >= EMBEDDING_TEXTS_MAX;
    if (isFull || bytes + textBytes > EMBEDDING_TEXTS_BYTES_MAX) {
      parts.push({ firstText, endText: index, texts: texts.slice(firstText, index) });
      firstText = index;
      bytes = 0;
    }
    bytes += textBytes;
  }
  parts.push({ firstText, endText: texts.length, texts: texts.slice(firstText) });
  return parts;
}
