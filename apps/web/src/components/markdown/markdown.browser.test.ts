import { h, render } from 'preact';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { MarkdownView } from './markdown-view.tsx';

const root = document.createElement('div');
document.body.append(root);
afterEach(() => render(null, root));

function show(text: string, isFinal = true): HTMLElement {
  render(h(MarkdownView, { text, isFinal }), root);
  return root;
}

const HOSTILE: readonly string[] = [
  '<script>window.hacked = 1</script>',
  '<img src=x onerror="window.hacked = 1">',
  '<svg/onload=window.hacked=1>',
  '[x](javascript:window.hacked=1)',
  '[x](JAVASCRIPT&colon;window.hacked=1)',
  '[x](java&#115;cript:window.hacked=1)',
  '![x](javascript:window.hacked=1)',
  '![x](https://evil.example/track.png)',
  '<a href="javascript:window.hacked=1">x</a>',
  '<javascript:window.hacked=1>',
  '[x]: javascript:window.hacked=1\n\n[x]',
  '[a](data:text/html;base64,PHNjcmlwdD4=)',
  '`<img src=x onerror=window.hacked=1>`',
  '```html" onload="window.hacked=1\n<script>window.hacked=1</script>\n```',
  '<iframe srcdoc="<script>parent.hacked=1</script>"></iframe>',
  '| <img src=x onerror=window.hacked=1> |\n|---|\n| <style>*{display:none}</style> |',
  '<style>@import "https://evil.example"</style>',
  '<form action="https://evil.example"><input name=x></form>',
  '> - <details open ontoggle=window.hacked=1>',
];

describe('an answer that attacks the page', () => {
  it.each(HOSTILE)('stays text: %s', async (text) => {
    for (const isFinal of [false, true]) {
      const shown = show(text, isFinal);
      const forbidden = 'script, img, svg:not(.icon), iframe, style, form, details, object, link';
      expect(shown.querySelectorAll(forbidden)).toHaveLength(0);
      for (const element of shown.querySelectorAll('*')) {
        const names = element.getAttributeNames().filter((name) => name.startsWith('on'));
        expect(names).toEqual([]);
      }
      for (const link of shown.querySelectorAll('a')) {
        expect(link.protocol).toMatch(/^(https?|mailto):$/);
        expect(link.rel).toBe('noopener noreferrer nofollow');
        expect(link.target).toBe('_blank');
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect('hacked' in window).toBe(false);
  });
});

describe('an answer', () => {
  it('is drawn as elements, with an image as a link to it', () => {
    const shown = show(
      '## Title\n\nSome *text* & `code<b>`\n\n1. one\n2. two\n\n![cat](https://example.org/c.png)\n\n- [x] done',
    );
    expect(shown.querySelector('h4')?.textContent).toBe('Title');
    expect(shown.querySelector('em')?.textContent).toBe('text');
    expect(shown.querySelector('code')?.textContent).toBe('code<b>');
    expect(shown.querySelectorAll('ol > li')).toHaveLength(2);
    expect(shown.querySelector('a')?.textContent).toBe('image: cat');
    expect(shown.querySelector<HTMLInputElement>('input')?.disabled).toBe(true);
  });

  it('reads entities as a browser would and leaves code alone', () => {
    const shown = show('a &lt;b&gt; &amp;amp;\n\n`&lt;`');
    expect(shown.querySelector('p')?.textContent).toBe('a <b> &amp;');
    expect(shown.querySelector('code')?.textContent).toBe('&lt;');
  });

  it('does not touch finished blocks while it grows', () => {
    const first = show('One.\n\nTwo.\n\nThree.\nfour', false).querySelector('p');
    first?.setAttribute('data-mark', 'kept');
    show('One.\n\nTwo.\n\nThree.\nfour five', false);
    expect(root.querySelector('p')).toBe(first);
    expect(root.querySelector('p')?.dataset.mark).toBe('kept');
  });

  it('colours code once its grammar is here, and what is written after that a little later', async () => {
    const keywords = () =>
      [...root.querySelectorAll('.code-keyword')].map(({ textContent }) => textContent);
    show('```js\nlet a = 1;', false);
    expect(root.querySelector('pre')?.textContent).toBe('let a = 1;');
    await vi.waitFor(() => expect(keywords()).toEqual(['let']));
    show('```js\nlet a = 1;\nif (a)', false);
    expect(root.querySelector('pre')?.textContent).toBe('let a = 1;\nif (a)');
    expect(keywords()).toEqual(['let']);
    await vi.waitFor(() => expect(keywords()).toEqual(['let', 'if']));
    expect(root.querySelector('figcaption span')?.textContent).toBe('JavaScript');
    // Another text in its place is not coloured like the one before.
    show('```js\nelse', false);
    expect(root.querySelector('pre')?.textContent).toBe('else');
    await vi.waitFor(() => expect(keywords()).toEqual(['else']));
  });

  it('keeps each piece of growing code in the element where it began', async () => {
    const code = 'let a = "one"; // first\nconst b = `two`;\nreturn [a, b];';
    const begins = new Map<Node, number>();
    // What a browser measures as a jump is an element, or a text, that begins somewhere else.
    const expectInPlace = () => {
      let start = 0;
      for (const piece of root.querySelector('code')?.childNodes ?? []) {
        expect(begins.get(piece) ?? start).toBe(start);
        begins.set(piece, start);
        start += piece.textContent?.length ?? 0;
      }
    };
    for (let end = 1; end <= code.length; end += 7) {
      const shown = code.slice(0, end);
      show(`\`\`\`js\n${shown}`, false);
      const pre = () => root.querySelector('pre')?.textContent;
      await vi.waitFor(() => expect(pre()?.trimEnd()).toBe(shown.trimEnd()));
      expectInPlace();
    }
    show(`\`\`\`js\n${code}`);
    await vi.waitFor(() => expect(root.querySelectorAll('.code-keyword').length).toBe(3));
    expectInPlace();
    expect(root.querySelector('pre')?.textContent).toBe(code);
  });

  it('survives thousands of nested quotes', () => {
    expect(show('>'.repeat(20_000)).textContent).toContain('>');
  });
});
