import type { ConversationRecord } from './conversation-store.ts';
import { titleOf } from './conversation-view.ts';
import { SEARCH_CHARS_MAX, SEARCH_WORDS_MAX } from './limits.ts';

/** A piece of text, or of what was looked for. */
export interface Piece {
  readonly text: string;
  readonly isHit: boolean;
}

export interface SearchHit {
  readonly record: ConversationRecord;
  readonly title: readonly Piece[];
  /** Around the first place in the turn with most of the words; nothing where only the title has the words. */
  readonly excerpt: readonly Piece[];
}

const EXCERPT_BEFORE = 40;
const EXCERPT_CHARS = 140;

/** Conversations with every word in their title or in any of their turns, in the order they come in. */
export function searchConversations(
  records: readonly ConversationRecord[],
  query: string,
): readonly SearchHit[] {
  const words = splitQuery(query);
  if (words.length === 0) return [];
  // Without regard to case and without copies: `i` folds what `toLowerCase` would change the length of.
  const patterns = words.map((word) => new RegExp(escapePattern(word), 'iu'));
  const any = new RegExp(words.map(escapePattern).join('|'), 'giu');
  return records.flatMap((record) => {
    const title = titleOf(record);
    const texts = record.turns.map((turn) => (turn.role === 'user' ? turn.text : turn.answer.text));
    const isFound = patterns.every(
      (pattern) => pattern.test(title) || texts.some((text) => pattern.test(text)),
    );
    if (!isFound) return [];
    return [{ record, title: cutPieces(title, any), excerpt: cutExcerpt(texts, patterns, any) }];
  });
}

function splitQuery(query: string): readonly string[] {
  const words = query.slice(0, SEARCH_CHARS_MAX).split(/\s+/u);
  return words.filter((word) => word !== '').slice(0, SEARCH_WORDS_MAX);
}

function escapePattern(word: string): string {
  return word.replaceAll(/[\\^$.*+?()[\]{}|/]/gu, '\\$&');
}

function cutExcerpt(
  texts: readonly string[],
  patterns: readonly RegExp[],
  any: RegExp,
): readonly Piece[] {
  const countIn = (text: string): number => patterns.filter((each) => each.test(text)).length;
  const most = Math.max(...texts.map(countIn));
  const text = texts.find((each) => countIn(each) === most);
  if (text === undefined || most === 0) return [];
  const places = patterns.map((pattern) => text.search(pattern)).filter((place) => place >= 0);
  const first = Math.max(0, Math.min(...places) - EXCERPT_BEFORE);
  const end = first + EXCERPT_CHARS;
  const cut = text.slice(first, end).replaceAll(/\s+/gu, ' ');
  return cutPieces(`${first > 0 ? '…' : ''}${cut}${end < text.length ? '…' : ''}`, any);
}

function cutPieces(text: string, any: RegExp): readonly Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(any)) {
    if (match.index > end) pieces.push({ text: text.slice(end, match.index), isHit: false });
    end = match.index + match[0].length;
    pieces.push({ text: match[0], isHit: true });
  }
  if (end < text.length) pieces.push({ text: text.slice(end), isHit: false });
  return pieces;
}
