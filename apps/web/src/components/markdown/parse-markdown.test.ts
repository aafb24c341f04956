import { describe, expect, it } from 'vitest';
import { createMarkdownStream, parseMarkdown } from './parse-markdown.ts';
import { decodeEntities, safeHref } from './safe-link.ts';

const TEXTS: readonly string[] = [
  'One paragraph.\n\nAnother **bold** one.\n\n- a\n- b\n\n  c\n\n- d\n\nAfter the list.\n\nEnd.',
  '# Title\n\n```js\nlet a = 1;\n\nlet b = 2;\n```\n\nText\n===\n\n> quote\n> more\n\n1. x\n2. y\n\nDone.',
  '| a | b |\n|---|---|\n| 1 | 2 |\n\nline\r\nline\r\n\r\n    indented\n\n    code\n\n---\n\nlast',
  'a <b>bold</b>\n\n<div>\nraw\n\nmore\n</div>\n\n`code` and ~~gone~~\n\n- [ ] x\n- [x] y\n\nend\n',
];

/** Blocks without their blank lines, which fall to one side or the other of a cut. */
const blocks = (tokens: ReturnType<typeof parseMarkdown>) =>
  tokens.filter((token) => token.type !== 'space').map((token) => [token.type, token.raw.trim()]);

describe('markdown that grows', () => {
  it.each(TEXTS)('is the same at every character as when it is read at once', (text) => {
    const stream = createMarkdownStream();
    for (let length = 1; length <= text.length; length += 1) {
      const part = text.slice(0, length);
      expect(blocks(stream.update(part, false)), JSON.stringify(part)).toEqual(
        blocks(parseMarkdown(part)),
      );
    }
    expect(stream.update(text, true)).toEqual(parseMarkdown(text));
  });

  it('never shows a closing fence that is not whole as a line of code', () => {
    const stream = createMarkdownStream();
    const text = 'Look:\n\n```js\nlet a = `b`;\n```\nDone.';
    for (let length = text.indexOf('let'); length <= text.length; length += 1) {
      const code = stream.update(text.slice(0, length), false).find(({ type }) => type === 'code');
      const shown = code?.type === 'code' ? code.text : undefined;
      expect('let a = `b`;'.startsWith(shown ?? '-'), text.slice(0, length)).toBe(true);
    }
    expect(stream.update('~~~\n`', false)).toMatchObject([{ text: '`' }]);
  });

  it('keeps the identity of blocks that are finished', () => {
    const stream = createMarkdownStream();
    const first = stream.update('One.\n\nTwo.\n\nThree', false);
    const second = stream.update('One.\n\nTwo.\n\nThree and more.\nx', false);
    expect(second[0]).toBe(first[0]);
  });

  it('starts over when the text is another one', () => {
    const stream = createMarkdownStream();
    stream.update('One.\n\nTwo.\n\nThree.\n', false);
    expect(blocks(stream.update('Else', false))).toEqual([['paragraph', 'Else']]);
  });

  it('shows what would exhaust the parser as plain text', () => {
    const deep = '>'.repeat(50_000);
    expect(parseMarkdown(deep).length).toBeGreaterThan(0);
    const long = 'x'.repeat(200_001);
    expect(parseMarkdown(long)).toMatchObject([{ type: 'text', text: long }]);
  });
});

describe('links', () => {
  it.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    ' javascript:alert(1)',
    'java\tscript:alert(1)',
    'data:text/html,<script>1</script>',
    'vbscript:x',
    'file:///etc/passwd',
    'blob:https://a/b',
    '//evil.example',
    '/local',
    '#/contribute',
    'https://bank.example@evil.example/',
    'https://',
    '',
  ])('to %j are no links', (href) => {
    expect(safeHref(href)).toBeUndefined();
  });

  it('to http, https and mailto are', () => {
    expect(safeHref('https://example.org/a b')).toBe('https://example.org/a%20b');
    expect(safeHref('HTTP://example.org')).toBe('http://example.org/');
    expect(safeHref('mailto:a@example.org')).toBe('mailto:a@example.org');
  });

  it('are shown with their entities read once', () => {
    expect(decodeEntities('a &amp;lt; &#60;b&#x3E; &nope; &#0; &#xD800; &quot;')).toBe(
      'a &lt; <b> &nope; \ufffd \ufffd "',
    );
  });
});
