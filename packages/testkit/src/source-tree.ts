import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const repositoryRoot = join(import.meta.dirname, '../../..');

/** A text file of ours: nothing that a tool wrote. */
export interface SourceFile {
  /** Relative to the repository, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly isTest: boolean;
}

/** What git ignores, by name. */
const IGNORED = new Set([
  '.cache',
  '.git',
  'dist',
  'node_modules',
  'playwright-report',
  'test-results',
]);
const SOURCE = /\.(ts|tsx|mjs|wgsl)$/;
/** Tests, and `testing/` folders beside them: the product never imports those. */
const TEST = /\.(test|spec|bench)\.tsx?$|\/testing\/|^e2e\//;

/** Names in a directory of the repository, without what tools write. */
export function listNames(directory: string): string[] {
  const names = readdirSync(join(repositoryRoot, directory));
  return names.filter((name) => !IGNORED.has(name) && !name.endsWith('.tsbuildinfo'));
}

/** Every directory directly below `directory`. */
export function listDirectories(directory: string): string[] {
  const entries = readdirSync(join(repositoryRoot, directory), { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && !IGNORED.has(entry.name))
    .map(({ name }) => name);
}

/** All sources below the given directories. */
export function readSources(...directories: string[]): SourceFile[] {
  return directories.flatMap((directory) => {
    const entries = readdirSync(join(repositoryRoot, directory), { withFileTypes: true });
    return entries.flatMap((entry) => {
      const path = `${directory}/${entry.name}`;
      if (entry.isDirectory()) return IGNORED.has(entry.name) ? [] : readSources(path);
      if (!entry.isFile() || !SOURCE.test(entry.name)) return [];
      const text = readFileSync(join(repositoryRoot, path), 'utf8');
      return [{ path, text, isTest: TEST.test(path) }];
    });
  });
}

/** What a source imports, as written, types included. */
export function importsOf({ path, text }: SourceFile): string[] {
  if (path.endsWith('.wgsl')) return [];
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  const matches = code.matchAll(
    /(?:^|\n)\s*(?:import|export)\s(?:[^'";]*?\sfrom\s+)?'([^']+)'|\bimport\(\s*'([^']+)'/g,
  );
  return [...matches].map((match) => match[1] ?? match[2] ?? '');
}

/** The file an import means when it is one of ours: relative, or by package name. */
export function resolveImport(from: string, specifier: string): string | undefined {
  const [bare = ''] = specifier.split('?');
  if (bare.startsWith('.')) return join(dirname(from), bare).replaceAll('\\', '/');
  const match = /^@manyhands\/([^/]+)\/(.+)$/.exec(bare);
  if (match === null) return undefined;
  const [, name = '', path = ''] = match;
  const group = listDirectories('apps').includes(name) ? 'apps' : 'packages';
  return `${group}/${name}/src/${path}.ts`;
}

/** The package a path belongs to: `apps/web`. */
export function packageOf(path: string): string {
  return path.startsWith('e2e/') ? 'e2e' : path.split('/').slice(0, 2).join('/');
}
