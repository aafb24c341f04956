import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findCodeLanguage } from './code-languages.ts';
import { createCodeReader } from './highlight-code.ts';

async function read(tag: string, code: string) {
  const language = findCodeLanguage(tag);
  if (language === undefined) throw new Error(`There is no grammar for ${tag}.`);
  return (await createCodeReader(language))(code);
}

const SAMPLES: readonly (readonly [tag: string, code: string, tone: string, text: string])[] = [
  ['py', 'def f(x):\n    return "a"  # why', 'keyword', 'def'],
  ['js', 'const a = `x`; // why', 'string', '`x`'],
  ['ts', 'class A extends B<string> {}', 'type', 'A'],
  ['html', '<p class="a">x &amp; y</p>', 'string', '"a"'],
  ['bash', 'echo "$HOME" # why', 'comment', '# why'],
  ['diff', '@@ -1 +1 @@\n-old\n+new', 'removed', '-old'],
  ['json {1,2}', '{"a": 12}', 'number', '12'],
  ['SQL', 'SELECT 1 FROM t', 'keyword', 'SELECT'],
  ['toml', '[a]\nb = 1', 'name', '[a]'],
  ['yaml', 'a: true', 'name', 'a:'],
];

describe('code in colour', () => {
  it.each(SAMPLES)('reads %s', async (tag, code, tone, text) => {
    const spans = await read(tag, code);
    expect(spans.map((span) => span.text).join('')).toBe(code);
    expect(spans).toContainEqual({ text, tone });
  });

  it('keeps every character of code that is cut anywhere or is no code at all', async () => {
    const code = readFileSync(join(import.meta.dirname, 'highlight-code.ts'), 'utf8');
    for (let length = 0; length < code.length; length += 97) {
      const part = code.slice(0, length);
      const spans = await read('ts', part);
      expect(spans.map((span) => span.text).join('')).toBe(part);
    }
    const hostile = '<script>"\'`${{{\u0000\u202e\ud800</script>\n'.repeat(50);
    for (const tag of ['js', 'html', 'css', 'md', 'php', 'sql']) {
      expect((await read(tag, hostile)).map((span) => span.text).join('')).toBe(hostile);
    }
  });

  it('knows no language by a word that names none', () => {
    for (const tag of ['', 'klingon', 'constructor', '"><script>', '__proto__']) {
      expect(findCodeLanguage(tag)).toBeUndefined();
    }
  });
});
