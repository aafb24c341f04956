import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ESTree, parseSync, Visitor } from 'vite';
import { describe, expect, it } from 'vitest';

const source = join(import.meta.dirname, '..');
const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.tsx'),
);
const SPOKEN = new Set(['alt', 'aria-label', 'label', 'placeholder', 'summary', 'title']);
/** Names and units that are the same in every language. */
const SAME_EVERYWHERE = new Set<string>(['Manyhands']);

describe('words of the site', () => {
  it.each(files)('come from the catalogue: %s', (name) => {
    expect(listLiterals(name, readFileSync(join(source, name), 'utf8'))).toEqual([]);
  });
});

/** Text between tags, and in attributes and expressions that end up before a person's eyes or ears. */
function listLiterals(name: string, code: string): string[] {
  const { program } = parseSync(name, code);
  const found: string[] = [];
  const keep = (text: string): void => {
    const words = text.replaceAll(/\s+/gu, ' ').trim();
    if (/\p{L}{2}/u.test(words) && !SAME_EVERYWHERE.has(words)) found.push(words);
  };
  new Visitor({
    JSXText: ({ value }) => keep(value),
    JSXElement: ({ children }) => {
      for (const child of children) {
        if (child.type === 'JSXExpressionContainer') keepValue(child.expression, keep);
      }
    },
    JSXAttribute: ({ name: attribute, value }) => {
      if (attribute.type !== 'JSXIdentifier' || !SPOKEN.has(attribute.name)) return;
      if (value?.type === 'JSXExpressionContainer') keepValue(value.expression, keep);
      else if (value?.type === 'Literal') keepValue(value, keep);
    },
  }).visit(program);
  return found;
}

/** The strings an expression may come to, through choices and templates but not through calls. */
function keepValue(
  node: ESTree.Expression | ESTree.JSXEmptyExpression,
  keep: (text: string) => void,
): void {
  if (node.type === 'Literal' && typeof node.value === 'string') keep(node.value);
  if (node.type === 'TemplateLiteral') for (const part of node.quasis) keep(part.value.raw);
  if (node.type === 'LogicalExpression') keepValue(node.right, keep);
  if (node.type !== 'ConditionalExpression') return;
  keepValue(node.consequent, keep);
  keepValue(node.alternate, keep);
}
