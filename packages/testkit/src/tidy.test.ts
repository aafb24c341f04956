import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  importsOf,
  listDirectories,
  listNames,
  packageOf,
  readSources,
  repositoryRoot,
  resolveImport,
  type SourceFile,
} from './source-tree.ts';

/** The repository's own rules, as its ARCHITECTURE.md draws and explains them. */

const TOP_LEVEL = [
  '.biome.json',
  '.ci',
  '.gitignore',
  '.npmrc',
  'ARCHITECTURE.md',
  'LICENSE',
  'README.md',
  'apps',
  'docs',
  'e2e',
  'package.json',
  'packages',
  'pnpm-lock.yaml',
  'pnpm-workspace.yaml',
  'vite.config.ts',
];

/** Which packages each one may import. Everything not drawn here is an arrow the wrong way. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  'packages/protocol': [],
  'packages/model': [],
  'packages/planner': ['packages/protocol', 'packages/model'],
  'packages/engine': ['packages/protocol', 'packages/model'],
  'packages/swarm': ['packages/protocol', 'packages/model'],
  'packages/peer': [
    'packages/engine',
    'packages/model',
    'packages/planner',
    'packages/protocol',
    'packages/swarm',
  ],
  'packages/sdk': ['packages/model', 'packages/peer', 'packages/swarm'],
  'packages/testkit': [],
  'packages/tsconfig': [],
  'packages/widget': [],
  'apps/relay': ['packages/model', 'packages/planner', 'packages/protocol'],
  'apps/web': [
    'packages/engine',
    'packages/model',
    'packages/peer',
    'packages/planner',
    'packages/protocol',
    'packages/swarm',
    // The words that the frame and the element around it exchange.
    'packages/widget',
  ],
  'apps/cli': [
    'apps/relay',
    'packages/engine',
    'packages/model',
    'packages/peer',
    'packages/planner',
    'packages/protocol',
    'packages/swarm',
  ],
};

/** One file wraps each third-party package, except those that are a language of their own. */
const WRAPPING_FILES_MAX: Readonly<Record<string, number>> = {
  valibot: Number.POSITIVE_INFINITY,
  preact: Number.POSITIVE_INFINITY,
  '@preact/signals': Number.POSITIVE_INFINITY,
  // An example of a page, which is nothing but that.
  react: 2,
  // Two bundles have a service worker beside them, which a plugin of each builds.
  vite: 2,
  // Each kind of worker, and how errors keep their codes on the way through any.
  comlink: 4,
  // Acceptance suites, which the tests of every adapter or backend run.
  vitest: Number.POSITIVE_INFINITY,
  // The engine that runs jobs with it, and the benchmark that runs it as a rival.
  'onnxruntime-web': 2,
  // The relay, and the benchmark that connects to it a thousand times.
  ws: 2,
};

/** Make up models as tests do, for measuring and for a demo: nothing that people use imports them. */
const MADE_WITH_TESTKIT = [
  'apps/cli/src/bench/model/',
  'apps/cli/src/simulate/',
  'apps/cli/src/catalog/write-test-embedding.ts',
];

const LINES_MAX = 400;
const KERNELS = 'packages/engine/src/webgpu/kernels';
/** Files that spell out what is forbidden, or imports that are only text. */
const ABOUT_SOURCES = [
  'packages/testkit/src/tidy.test.ts',
  'packages/testkit/src/source-tree.test.ts',
];

const sources = readSources('apps', 'packages', 'e2e').filter(
  ({ path }) => !ABOUT_SOURCES.includes(path),
);
const products = sources.filter(({ path, isTest }) => !isTest && !path.endsWith('.d.ts'));

describe('the tree', () => {
  it('has the agreed names at the top and nothing else', () => {
    expect(listNames('.').filter((name) => !TOP_LEVEL.includes(name))).toEqual([]);
    const optional = ['docs'];
    const missing = TOP_LEVEL.filter((name) => !existsSync(join(repositoryRoot, name)));
    expect(missing.filter((name) => !optional.includes(name))).toEqual([]);
  });

  it('has a one-screen README in every package', () => {
    const packages = Object.keys(ARROWS).filter((name) => name !== 'packages/tsconfig');
    const missing = packages.filter((name) => !listNames(name).includes('README.md'));
    expect(missing).toEqual([]);
  });

  it('has no files named for nothing in particular', () => {
    const vague = /(^|\/)((index|utils|types)\.tsx?$|(helpers|common|utils)\/)/;
    expect(pathsWhere(({ path }) => vague.test(path))).toEqual([]);
  });

  it(`has no file above ${LINES_MAX} lines`, () => {
    expect(pathsWhere(({ text }) => text.split('\n').length - 1 > LINES_MAX)).toEqual([]);
  });
});

describe('imports', () => {
  it('follow the arrows between packages', () => {
    const found = ['apps', 'packages'].flatMap((group) =>
      listDirectories(group).map((name) => `${group}/${name}`),
    );
    expect(found.filter((name) => !(name in ARROWS))).toEqual([]);

    const wrong = sources.flatMap((file) => {
      const from = packageOf(file.path);
      const allowed = ARROWS[from];
      if (allowed === undefined) return [];
      return oursIn(file)
        .map(packageOf)
        .filter((to) => to !== from && to !== 'packages/testkit' && !allowed.includes(to))
        .map((to) => `${file.path} imports ${to}`);
    });
    expect(wrong).toEqual([]);
  });

  it('keep the test kit out of the product', () => {
    const importers = new Map<string, string[]>();
    for (const file of sources) {
      for (const target of oursIn(file)) {
        importers.set(target, [...(importers.get(target) ?? []), file.path]);
      }
    }
    const isTest = new Map(sources.map((file) => [file.path, file.isTest]));
    /** A test, or a file that only such files import. */
    const servesTests = (path: string, seen: readonly string[] = []): boolean => {
      if (isTest.get(path)) return true;
      if (packageOf(path) === 'packages/testkit' || seen.includes(path)) return true;
      if (MADE_WITH_TESTKIT.some((maker) => path.startsWith(maker))) return true;
      const users = importers.get(path) ?? [];
      return users.length > 0 && users.every((user) => servesTests(user, [...seen, path]));
    };
    const usesTestkit = ({ path, text }: SourceFile) =>
      packageOf(path) !== 'packages/testkit' && text.includes("'@manyhands/testkit/");
    expect(pathsWhere((file) => usesTestkit(file) && !servesTests(file.path))).toEqual([]);
  });

  it('keep `testing/` folders out of the product', () => {
    const wrong = products.filter((file) =>
      oursIn(file).some((path) => path.includes('/testing/')),
    );
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  it('reach each third-party package through one file', () => {
    const users = new Map<string, Set<string>>();
    for (const file of products) {
      for (const specifier of importsOf(file)) {
        if (/^([./]|node:|virtual:|@manyhands\/)/.test(specifier)) continue;
        const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
        users.set(name, (users.get(name) ?? new Set()).add(file.path));
      }
    }
    const crowded = [...users]
      .filter(([name, files]) => files.size > (WRAPPING_FILES_MAX[name] ?? 1))
      .map(([name, files]) => `${name}: ${[...files].join(', ')}`);
    expect(crowded).toEqual([]);
  });
});

describe('sources', () => {
  it.each([
    ['enums', /^\s*(export\s+)?(declare\s+)?(const\s+)?enum\s/m],
    ['console output', /\bconsole\.[a-z]+\(/],
    ['FIXME or XXX', /\b(FIXME|XXX)\b/],
    ['TODO without an issue number', /\bTODO\b(?!\(#\d+\))/],
    ['skipped lint rules without a reason', /biome-ignore [^:\n]*$|@ts-ignore|@ts-nocheck/m],
    ['tests that run alone', /\b(it|test|describe)\.only\(/],
    ['paths of one machine', /(?<![\w.:/])(\/(home|Users|work|root)\/|[A-Z]:\\Users\\)/],
  ])('contain no %s', (_, pattern) => {
    expect(pathsWhere(({ text }) => pattern.test(text))).toEqual([]);
  });
});

describe('kernels', () => {
  const folders = listDirectories(KERNELS);

  it('exist', () => expect(folders.length).toBeGreaterThan(0));

  it.each(folders)('%s has its shader, host, reference and test', (op) => {
    const names = listNames(`${KERNELS}/${op}`);
    const wanted = [`${op}.wgsl`, `${op}.ts`, `${op}.reference.ts`, `${op}.gpu.test.ts`];
    expect(wanted.filter((name) => !names.includes(name))).toEqual([]);
  });

  it.each(folders)('%s names its entry points after itself', (op) => {
    const shaders = readSources(`${KERNELS}/${op}`).filter(({ path }) => path.endsWith('.wgsl'));
    const entryPoints = shaders.flatMap(({ text }) =>
      [...text.matchAll(/@compute\b[\s\S]*?\bfn\s+(\w+)/g)].map((match) => match[1] ?? ''),
    );
    expect(entryPoints.length).toBeGreaterThan(0);
    const prefix = op.replaceAll('-', '_');
    expect(entryPoints.filter((name) => !name.startsWith(prefix))).toEqual([]);
  });
});

function pathsWhere(test: (file: SourceFile) => boolean): string[] {
  return sources.filter(test).map(({ path }) => path);
}

/** Files of ours that a file imports. */
function oursIn(file: SourceFile): string[] {
  return importsOf(file).flatMap((specifier) => resolveImport(file.path, specifier) ?? []);
}
