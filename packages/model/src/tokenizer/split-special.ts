import type { SpecialToken } from './read-vocabulary.ts';
import type { TextPart } from './tokenizer.ts';

/** A piece of a text: a special token, or text that holds none. */
export type Fragment = { readonly id: number } | { readonly text: string };

interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * Cuts special tokens out of the text that the parts form together, longest token first, as
 * llama.cpp does. A control token counts only where every character of it comes from a part that may
 * hold some; user-defined tokens (kinds of white space, `<think>`) count everywhere.
 */
export function splitSpecial(
  parts: readonly TextPart[],
  special: readonly SpecialToken[],
): Fragment[] {
  const text = parts.map((part) => part.text).join('');
  const typed = typedSpans(parts);
  const isAllTyped = parts.every((part) => !part.parseSpecial);
  let fragments: (Span | { readonly id: number })[] = [{ start: 0, end: text.length }];
  for (const token of special) {
    if (token.isControl && isAllTyped) continue;
    if (!text.includes(token.text)) continue;
    const forbidden = token.isControl ? typed : [];
    fragments = fragments.flatMap((fragment) =>
      'id' in fragment ? [fragment] : splitSpan(text, fragment, token, forbidden),
    );
  }
  return fragments
    .filter((fragment) => 'id' in fragment || fragment.end > fragment.start)
    .map((fragment) =>
      'id' in fragment ? fragment : { text: text.slice(fragment.start, fragment.end) },
    );
}

function splitSpan(
  text: string,
  span: Span,
  token: SpecialToken,
  forbidden: readonly Span[],
): (Span | { readonly id: number })[] {
  const result: (Span | { readonly id: number })[] = [];
  let rest = span.start;
  let from = span.start;
  let nextForbidden = 0;
  for (;;) {
    const match = text.indexOf(token.text, from);
    const end = match + token.text.length;
    if (match < 0 || end > span.end) break;
    while ((forbidden[nextForbidden]?.end ?? Number.POSITIVE_INFINITY) <= match) nextForbidden++;
    if ((forbidden[nextForbidden]?.start ?? Number.POSITIVE_INFINITY) < end) {
      from = match + 1;
      continue;
    }
    if (match > rest) result.push({ start: rest, end: match });
    result.push({ id: token.id });
    rest = end;
    while (token.stripsRight && rest < span.end && isSpace(text.charCodeAt(rest))) rest++;
    from = rest;
  }
  if (rest < span.end) result.push({ start: rest, end: span.end });
  return result;
}

/** Where typed text lies, in order and without touching spans. */
function typedSpans(parts: readonly TextPart[]): Span[] {
  const spans: Span[] = [];
  let start = 0;
  for (const part of parts) {
    const end = start + part.text.length;
    if (!part.parseSpecial && end > start) spans.push({ start, end });
    start = end;
  }
  return spans;
}

/** C's `isspace`. */
function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}
