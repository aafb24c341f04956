import { type MarkedToken, marked, type TokensList } from 'marked';
import { MARKDOWN_CHARS_MAX } from '../../state/limits.ts';

export type MarkdownToken = MarkedToken;

/** Splits a text that grows into blocks; blocks that can no longer change keep their identity. */
export interface MarkdownStream {
  /** `isFinal` reads the whole text once more, so that a link defined late is found everywhere. */
  update(text: string, isFinal: boolean): readonly MarkdownToken[];
}

/** Parses without ever making HTML: what comes back are tokens, rendered to elements elsewhere. */
export function parseMarkdown(text: string): readonly MarkdownToken[] {
  const source = normalize(text);
  if (source.length > MARKDOWN_CHARS_MAX) return [plainText(source)];
  try {
    return asMarkedTokens(marked.lexer(source, { gfm: true, breaks: true }));
  } catch {
    // Thousands of nested quotes exhaust the parser's stack: such a text is shown as it is.
    return [plainText(source)];
  }
}

export function createMarkdownStream(): MarkdownStream {
  let stable: MarkdownToken[] = [];
  let stableSource = '';
  return {
    update(text, isFinal) {
      if (isFinal) return parseMarkdown(text);
      const source = normalize(text);
      if (!source.startsWith(stableSource)) {
        stable = [];
        stableSource = '';
      }
      const tail = parseMarkdown(source.slice(stableSource.length));
      const end = findStableEnd(tail);
      if (end > 0) {
        const settled = tail.slice(0, end);
        stable = [...stable, ...settled];
        stableSource += settled.map((token) => token.raw).join('');
      }
      return [...stable, ...withoutHalfFence(tail.slice(end))];
    },
  };
}

/**
 * How many leading tokens no further text can change: those before a blank line that is followed by
 * at least one complete line of another block. Lists are held back, they may go on after a blank line.
 */
function findStableEnd(tokens: readonly MarkdownToken[]): number {
  let rest = '';
  for (let index = tokens.length - 1; index > 0; index -= 1) {
    const isBlankLine = tokens[index]?.type === 'space';
    if (isBlankLine && rest.includes('\n') && tokens[index - 1]?.type !== 'list') return index + 1;
    rest = `${tokens[index]?.raw ?? ''}${rest}`;
  }
  return 0;
}

/**
 * Without the line that will become the closing fence: a grave accent that comes alone would be a line
 * of code for a moment, and the page below it would jump.
 */
function withoutHalfFence(tokens: readonly MarkdownToken[]): readonly MarkdownToken[] {
  const last = tokens.at(-1);
  if (last?.type !== 'code' || last.codeBlockStyle === 'indented') return tokens;
  const fence = /^ {0,3}(`{3,}|~{3,})/.exec(last.raw)?.[1] ?? '';
  const half = /(?:^|\n) {0,3}(`+|~+)$/.exec(last.text);
  const isBegun = half?.[1] !== undefined && fence.startsWith(half[1]);
  if (!isBegun || half === null) return tokens;
  return [...tokens.slice(0, -1), { ...last, text: last.text.slice(0, half.index) }];
}

/** As the parser does it first: only then do lengths of `raw` add up to the source. */
function normalize(text: string): string {
  return text.replace(/\r\n|\r/g, '\n');
}

function plainText(text: string): MarkdownToken {
  return { type: 'text', raw: text, text, escaped: false };
}

/** Without extensions the parser makes only its own kinds. */
function asMarkedTokens(tokens: TokensList): MarkdownToken[] {
  return tokens as unknown as MarkdownToken[];
}
