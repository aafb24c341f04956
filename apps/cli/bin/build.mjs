import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runChild } from './child.mjs';
import { repositoryRoot, say } from './repository.mjs';

/** @typedef {'web' | 'relay' | 'cli' | 'manyhands' | 'harness' | 'bench' | 'sdk'} Target */

/** What each bundle is made from; a change anywhere in it makes the bundle old. */
const SOURCES = {
  web: ['apps/web', 'packages'],
  relay: ['apps/relay', 'packages'],
  cli: ['apps/cli/src', 'apps/cli/harness', 'apps/relay', 'packages'],
  manyhands: ['apps/cli/src', 'apps/relay', 'packages'],
  harness: ['apps/cli/harness', 'packages'],
  bench: ['apps/cli/harness', 'apps/cli/src/bench', 'packages'],
  sdk: ['packages'],
};
/** The site has a second part with a build of its own, into the same folder. */
/** @type {Partial<Record<Target, string[]>>} */
const MODES = { web: ['production', 'widget'] };
/** Beside its `package.json`, which says what is published. */
const SDK_OUTPUT = 'packages/sdk/dist';
const CONFIGURATION = ['vite.config.ts', 'pnpm-lock.yaml'];
/** Directories that builds and tools write, and files that no bundle contains. */
const IGNORED_DIRECTORIES = new Set(['node_modules', 'dist', '.cache', 'test-results']);
const IGNORED_FILE = /\.(test|bench|spec)\.ts$|\.md$|\.tsbuildinfo$/;
const BUILD_TIMEOUT_MS = 5 * 60_000;

/**
 * Bundles those targets whose sources changed since their last build.
 * @param {readonly Target[]} targets
 */
export async function build(targets) {
  for (const target of targets) await buildTarget(target);
}

/** @param {Target} target */
async function buildTarget(target) {
  const output = join(repositoryRoot, target === 'sdk' ? SDK_OUTPUT : `dist/${target}`);
  const stamp = join(repositoryRoot, 'dist/.stamps', target);
  const wanted = await hashSources(target);
  const built = await readFile(stamp, 'utf8').catch(() => '');
  const exists = await readdir(output).then(
    (names) => names.length > 0,
    () => false,
  );
  if (exists && built === wanted) return;

  say(`Building ${target} ...`);
  // Built aside and moved into place: an interrupted or parallel build leaves no half of a bundle.
  const aside = join(repositoryRoot, 'dist', `.${target}-${process.pid}`);
  try {
    for (const mode of MODES[target] ?? [target]) await runVite(target, mode, aside);
    await rm(output, { recursive: true, force: true });
    await rename(aside, output);
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
  await mkdir(join(repositoryRoot, 'dist/.stamps'), { recursive: true });
  await writeFile(stamp, wanted);
}

/**
 * @param {Target} target
 * @param {string} mode
 * @param {string} folder
 */
async function runVite(target, mode, folder) {
  const code = await runChild(
    process.execPath,
    [
      join(repositoryRoot, 'node_modules/vite/bin/vite.js'),
      'build',
      '--logLevel',
      'warn',
      '--mode',
      mode,
      '--outDir',
      folder,
    ],
    // Under vitest NODE_ENV is `test`, which would put development code into the bundle.
    {
      stdout: 'stderr',
      timeoutMs: BUILD_TIMEOUT_MS,
      env: { ...process.env, NODE_ENV: 'production' },
    },
  );
  if (code !== 0) throw new Error(`Building ${target} failed: the messages above say where.`);
}

/**
 * Contents, not times: a fresh checkout or a branch switch touches every file.
 * @param {Target} target
 */
async function hashSources(target) {
  const files = [...CONFIGURATION];
  for (const directory of SOURCES[target]) files.push(...(await listFiles(directory)));
  const hash = createHash('sha256');
  for (const file of files.sort()) {
    // A file may disappear between listing and reading while somebody edits.
    const bytes = await readFile(join(repositoryRoot, file)).catch(() => undefined);
    if (bytes === undefined) continue;
    hash.update(`${file}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex');
}

/**
 * @param {string} directory
 * @returns {Promise<string[]>}
 */
async function listFiles(directory) {
  const entries = await readdir(join(repositoryRoot, directory), { withFileTypes: true });
  const lists = await Promise.all(
    entries.map(async (entry) => {
      const path = `${directory}/${entry.name}`;
      if (entry.isDirectory()) return IGNORED_DIRECTORIES.has(entry.name) ? [] : listFiles(path);
      return entry.isFile() && !IGNORED_FILE.test(entry.name) ? [path] : [];
    }),
  );
  return lists.flat();
}
