import { createLowlight } from 'lowlight';
import type { CodeLanguage } from './code-languages.ts';

/** What a piece of code is, as far as its colour tells. Also the name of its class. */
export type CodeTone =
  | 'added'
  | 'comment'
  | 'keyword'
  | 'name'
  | 'number'
  | 'removed'
  | 'string'
  | 'type';

export interface CodeSpan {
  readonly text: string;
  readonly tone?: CodeTone;
}

/** The grammars' many scopes, of which a reader tells eight apart. */
const TONES: Readonly<Record<string, CodeTone>> = {
  addition: 'added',
  attr: 'name',
  attribute: 'name',
  built_in: 'type',
  bullet: 'keyword',
  class: 'type',
  code: 'string',
  comment: 'comment',
  deletion: 'removed',
  doctag: 'comment',
  function: 'name',
  keyword: 'keyword',
  link: 'string',
  literal: 'number',
  meta: 'comment',
  name: 'keyword',
  number: 'number',
  property: 'name',
  quote: 'comment',
  regexp: 'string',
  section: 'name',
  'selector-attr': 'name',
  'selector-class': 'name',
  'selector-id': 'name',
  'selector-pseudo': 'name',
  'selector-tag': 'keyword',
  string: 'string',
  symbol: 'number',
  'template-variable': 'number',
  title: 'name',
  type: 'type',
  variable: 'number',
};

const lowlight = createLowlight();
/** These are as plain as what stands around all scopes, even inside a string. */
const PLAIN = new Set(['subst', 'params', 'operator', 'punctuation', 'tag']);

/** Reads code into runs of one tone each, in order; together they are the code, character for character. */
export async function createCodeReader(
  language: CodeLanguage,
): Promise<(code: string) => readonly CodeSpan[]> {
  const [name] = language.tags;
  if (!lowlight.registered(name)) lowlight.register(name, (await language.load()).default);
  return (code) => {
    const spans: CodeSpan[] = [];
    collect(lowlight.highlight(name, code, { prefix: '' }).children, undefined, spans);
    return spans;
  };
}

interface TreeNode {
  readonly type: string;
  readonly value?: string;
  readonly properties?: { readonly className?: unknown };
  readonly children?: readonly TreeNode[];
}

function collect(
  nodes: readonly TreeNode[],
  around: CodeTone | undefined,
  spans: CodeSpan[],
): void {
  for (const { type, value = '', properties, children = [] } of nodes) {
    if (type !== 'text') {
      collect(children, toneOf(properties?.className, around), spans);
      continue;
    }
    const last = spans.at(-1);
    // Neighbours of one tone are one element: an answer has thousands of scopes.
    if (last !== undefined && last.tone === around) {
      spans[spans.length - 1] = { ...last, text: last.text + value };
    } else {
      spans.push(around === undefined ? { text: value } : { text: value, tone: around });
    }
  }
}

function toneOf(className: unknown, around: CodeTone | undefined): CodeTone | undefined {
  const [scope, kind] = Array.isArray(className) ? className : [];
  if (typeof scope !== 'string') return around;
  if (scope === 'title' && kind === 'class_') return 'type';
  if (PLAIN.has(scope)) return undefined;
  return TONES[scope] ?? around;
}
