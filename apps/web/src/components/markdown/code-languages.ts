import type { LanguageFn } from 'highlight.js';

export interface CodeLanguage {
  /** As people write it; the same in every language. */
  readonly name: string;
  /** What models write behind the fence. The first is the grammar's own name. */
  readonly tags: readonly [string, ...string[]];
  readonly load: () => Promise<{ readonly default: LanguageFn }>;
}

/** What is told apart by colour. Each grammar is a file of its own, fetched with the first such code. */
const LANGUAGES: readonly CodeLanguage[] = [
  {
    name: 'Shell',
    tags: ['bash', 'sh', 'shell', 'zsh', 'console'],
    load: () => import('highlight.js/lib/languages/bash'),
  },
  { name: 'C', tags: ['c', 'h'], load: () => import('highlight.js/lib/languages/c') },
  {
    name: 'C++',
    tags: ['cpp', 'c++', 'cc', 'hpp', 'cxx'],
    load: () => import('highlight.js/lib/languages/cpp'),
  },
  {
    name: 'C#',
    tags: ['csharp', 'cs', 'c#'],
    load: () => import('highlight.js/lib/languages/csharp'),
  },
  { name: 'CSS', tags: ['css'], load: () => import('highlight.js/lib/languages/css') },
  { name: 'Diff', tags: ['diff', 'patch'], load: () => import('highlight.js/lib/languages/diff') },
  {
    name: 'Dockerfile',
    tags: ['dockerfile', 'docker'],
    load: () => import('highlight.js/lib/languages/dockerfile'),
  },
  { name: 'Go', tags: ['go', 'golang'], load: () => import('highlight.js/lib/languages/go') },
  {
    name: 'HTML',
    tags: ['html', 'htm', 'svg', 'vue'],
    load: () => import('highlight.js/lib/languages/xml'),
  },
  { name: 'INI', tags: ['ini', 'conf'], load: () => import('highlight.js/lib/languages/ini') },
  { name: 'Java', tags: ['java'], load: () => import('highlight.js/lib/languages/java') },
  {
    name: 'JavaScript',
    tags: ['javascript', 'js', 'jsx', 'mjs', 'cjs', 'node'],
    load: () => import('highlight.js/lib/languages/javascript'),
  },
  {
    name: 'JSON',
    tags: ['json', 'jsonc', 'json5'],
    load: () => import('highlight.js/lib/languages/json'),
  },
  {
    name: 'Kotlin',
    tags: ['kotlin', 'kt', 'kts'],
    load: () => import('highlight.js/lib/languages/kotlin'),
  },
  { name: 'Lua', tags: ['lua'], load: () => import('highlight.js/lib/languages/lua') },
  {
    name: 'Markdown',
    tags: ['markdown', 'md'],
    load: () => import('highlight.js/lib/languages/markdown'),
  },
  { name: 'PHP', tags: ['php'], load: () => import('highlight.js/lib/languages/php') },
  {
    name: 'PowerShell',
    tags: ['powershell', 'ps1', 'pwsh'],
    load: () => import('highlight.js/lib/languages/powershell'),
  },
  {
    name: 'Python',
    tags: ['python', 'py', 'python3'],
    load: () => import('highlight.js/lib/languages/python'),
  },
  { name: 'R', tags: ['r'], load: () => import('highlight.js/lib/languages/r') },
  { name: 'Ruby', tags: ['ruby', 'rb'], load: () => import('highlight.js/lib/languages/ruby') },
  { name: 'Rust', tags: ['rust', 'rs'], load: () => import('highlight.js/lib/languages/rust') },
  {
    name: 'SQL',
    tags: ['sql', 'sqlite', 'mysql', 'postgresql'],
    load: () => import('highlight.js/lib/languages/sql'),
  },
  { name: 'Swift', tags: ['swift'], load: () => import('highlight.js/lib/languages/swift') },
  { name: 'TOML', tags: ['toml'], load: () => import('highlight.js/lib/languages/ini') },
  {
    name: 'TypeScript',
    tags: ['typescript', 'ts', 'tsx', 'mts', 'cts'],
    load: () => import('highlight.js/lib/languages/typescript'),
  },
  { name: 'XML', tags: ['xml'], load: () => import('highlight.js/lib/languages/xml') },
  { name: 'YAML', tags: ['yaml', 'yml'], load: () => import('highlight.js/lib/languages/yaml') },
];

const BY_TAG = new Map(
  LANGUAGES.flatMap((language) => language.tags.map((tag) => [tag, language] as const)),
);

/** The word a model wrote behind the fence, without what else stands there: `js {1,3}` is `js`. */
export function readLanguageTag(info: string): string {
  return /^[\w+#.-]{1,20}/.exec(info)?.[0] ?? '';
}

/** The language that a word behind the fence names, if its grammar is here. */
export function findCodeLanguage(info: string): CodeLanguage | undefined {
  return BY_TAG.get(readLanguageTag(info).toLowerCase());
}
