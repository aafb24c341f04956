import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** What is published, looked at from outside: `npm test` builds it before. */

const run = promisify(execFile);
const sdk = join(import.meta.dirname, '..');
const repository = join(sdk, '../..');
const PACKED = [
  'README.md',
  'dist/LICENSE',
  'dist/THIRD-PARTY.md',
  'dist/build.json',
  'dist/manyhands-detokenizer-HASH.js',
  'dist/manyhands-dist-HASH.js',
  'dist/manyhands-prompt-coder-HASH.js',
  'dist/manyhands-sw.js',
  'dist/manyhands.js',
  'package.json',
  'types/manyhands.d.ts',
  'types/service-worker.d.ts',
];
/** Bytes of everything that the package brings, tokenizers twice; the engine alone would double it. */
const BYTES_MAX = 560 * 1024;

let folder: string;
let packed: string[];
let installed: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'manyhands-package-'));
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const isWindows = process.platform === 'win32';
  const { stdout } = await run(isWindows ? 'npm.cmd' : 'npm', args, { cwd: sdk, shell: isWindows });
  const [{ filename, files }] = JSON.parse(stdout);
  packed = files.map(({ path }: { path: string }) => path);
  installed = join(folder, 'node_modules/@manyhands/sdk');
  await mkdir(installed, { recursive: true });
  await run('tar', ['-xzf', join(folder, filename), '-C', installed, '--strip-components=1']);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const read = (path: string) => readFile(join(installed, path), 'utf8');
const modules = () => packed.filter((path) => path.endsWith('.js'));

describe('the packed package', () => {
  it('has these files and no others', () => {
    const named = packed.map((path) => path.replace(/(manyhands-.+)-.{8}\.js$/, '$1-HASH.js'));
    expect(named.sort()).toEqual([...PACKED].sort());
  });

  it('needs no other package', async () => {
    const manifest = JSON.parse(await read('package.json'));
    expect(manifest).not.toHaveProperty('dependencies');
    expect(manifest).not.toHaveProperty('peerDependencies');
    expect(manifest).not.toHaveProperty('private');
    // Also where there is no page: frameworks import what they render on a server.
    for (const path of modules().filter((each) => !each.endsWith('-sw.js'))) {
      expect(Object.keys(await import(pathToFileURL(join(installed, path)).href))).not.toEqual([]);
    }
  });

  it('cannot compute: neither engine nor volunteer is in it', async () => {
    const texts = await Promise.all(modules().map(read));
    expect(texts.join('').length).toBeLessThan(BYTES_MAX);
    for (const text of texts) {
      expect(text).not.toMatch(
        /requestAdapter|createComputePipeline|@compute|onnxruntime|WebAssembly/,
      );
      // What only a volunteer says.
      expect(text).not.toMatch(/ready to serve|gpuShare/);
    }
  });

  it('has a service worker without imports and exports, for `register` and for `importScripts`', async () => {
    const worker = await read('dist/manyhands-sw.js');
    expect(worker).not.toMatch(/\bimport\b|\bexport\b|import\.meta|skipWaiting/);
    expect(worker).toContain('addEventListener');
  });

  it('says what it was built from', async () => {
    const { sha256, ...built } = JSON.parse(await read('dist/build.json'));
    const { name, version } = JSON.parse(await read('package.json'));
    expect(built).toEqual({ name, version });
    for (const path of modules()) {
      const bytes = new TextEncoder().encode(await read(path));
      const hash = Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('hex');
      expect(sha256[path.replace('dist/', '')], path).toBe(hash);
    }
  });
});

describe('its types', () => {
  const CONSUMER = `
    import { Manyhands, ManyhandsError, serveOpenAi } from '@manyhands/sdk';
    import type { ChatCompletion, ChatCompletionChunk, Model } from '@manyhands/sdk';
    import type OpenAI from 'openai';

    const manyhands = new Manyhands({ relay: 'https://relay.example', identity: 'memory' });
    const messages = [{ role: 'user' as const, content: 'hi' }];
    const whole = await manyhands.chat.completions.create({ model: 'm', messages });
    export const text: string = whole.choices[0].message.content;
    const stream = await manyhands.chat.completions.create({ model: 'm', messages, stream: true });
    for await (const chunk of stream) export_(chunk.choices[0]?.delta.content);
    function export_(_: string | undefined): void {}
    const { data } = await manyhands.embeddings.create({ model: 'v', input: ['a', 'b'] });
    export const vector: number[] | string | undefined = data[0]?.embedding;
    export const { baseURL } = await serveOpenAi(manyhands);
    export const status = (error: unknown) => (error instanceof ManyhandsError ? error.status : 500);

    // Whatever takes OpenAI's answers takes these.
    export const asCompletion = (answer: ChatCompletion): OpenAI.Chat.ChatCompletion => answer;
    export const asChunk = (chunk: ChatCompletionChunk): OpenAI.Chat.ChatCompletionChunk => chunk;
    export const asModel = (model: Model): OpenAI.Model => model;

    // @ts-expect-error: a relay is needed.
    new Manyhands({});
    // @ts-expect-error: it is not ours.
    await manyhands.chat.completions.create({ model: 'm', messages, tools: [] });
    // @ts-expect-error: a stream has no choices.
    stream.choices;
  `;

  it.each(['bundler', 'nodenext'])(
    'serve a consumer that resolves modules as "%s"',
    async (moduleResolution) => {
      const project = join(folder, moduleResolution);
      await mkdir(join(project, 'src'), { recursive: true });
      await cp(join(sdk, 'examples/vite/src'), join(project, 'src/vite'), { recursive: true });
      await cp(join(sdk, 'examples/react/src'), join(project, 'src/react'), { recursive: true });
      await writeFile(join(project, 'src/consumer.ts'), CONSUMER);
      await writeFile(join(project, 'src/worker.ts'), "import '@manyhands/sdk/service-worker';\n");
      await writeFile(join(project, 'package.json'), '{ "type": "module" }');
      const compilerOptions = {
        target: 'es2023',
        module: moduleResolution === 'bundler' ? 'esnext' : 'nodenext',
        moduleResolution,
        lib: ['es2023', 'dom', 'dom.iterable'],
        types: [],
        jsx: 'react-jsx',
        strict: true,
        noEmit: true,
        allowImportingTsExtensions: true,
        // Declarations of other packages are theirs to keep right; ours are named below.
        skipLibCheck: true,
      };
      await writeFile(
        join(project, 'tsconfig.json'),
        JSON.stringify({ compilerOptions, include: ['src'] }),
      );
      await linkPackages();
      const tsc = join(repository, 'node_modules/typescript/bin/tsc');
      const checked = await run(process.execPath, [tsc, '-p', project]).catch((error) => error);
      expect(checked.stdout).toBe('');
    },
  );

  /** Packages of others that the examples and the consumer import, as an installation would have them. */
  async function linkPackages(): Promise<void> {
    const homes = {
      react: 'packages/sdk/examples/react',
      'react-dom': 'packages/sdk/examples/react',
      '@types/react': 'packages/sdk/examples/react',
      '@types/react-dom': 'packages/sdk/examples/react',
      openai: 'e2e',
    };
    for (const [name, home] of Object.entries(homes)) {
      const link = join(folder, 'node_modules', name);
      await mkdir(dirname(link), { recursive: true });
      const target = join(repository, home, 'node_modules', name);
      await symlink(target, link, 'junction').catch(() => undefined);
    }
    expect(createRequire(join(folder, 'x.js')).resolve('react')).toContain('react');
  }
});

it('is kept in `types/` without anything to resolve', async () => {
  const text = await readFile(join(sdk, 'types/manyhands.d.ts'), 'utf8');
  expect(text).not.toMatch(/\bimport\b/);
});
