import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { CHROMIUM_ARGS } from './apps/cli/src/browser/chromium-args.ts';
import { LongestFirst } from './apps/cli/src/testing/longest-first.ts';
import { siteWorker } from './apps/web/bundle/site-worker.ts';
import { completeBundle } from './packages/sdk/bundle/complete-bundle.ts';

const root = import.meta.dirname;

const site = {
  root: `${root}/apps/web`,
  // Relative, so that it may lie in a folder of a host.
  base: './',
  plugins: [siteWorker()],
  build: {
    outDir: `${root}/dist/web`,
    emptyOutDir: true,
    target: 'es2023',
    rolldownOptions: {
      input: { index: `${root}/apps/web/index.html`, embed: `${root}/apps/web/embed.html` },
    },
  },
  worker: { format: 'es' as const },
};

/**
 * The element for other people's pages, beside the site under a name that stays. One file that is no
 * module runs as a classic script and as a module.
 */
const widget = {
  root: `${root}/packages/widget`,
  publicDir: false as const,
  build: {
    outDir: `${root}/dist/web`,
    emptyOutDir: false,
    target: 'es2022',
    lib: {
      entry: `${root}/packages/widget/src/widget.ts`,
      formats: ['iife' as const],
      name: 'manyhandsWidget',
      fileName: () => 'widget.js',
    },
  },
};

/**
 * The pages that `eval`, `demo`, `bench` and e2e drive: bundled apart from the site, served only by the
 * CLI and by tests, which put them into a folder of the site's origin.
 */
const harness = (name: 'harness' | 'bench', pages: readonly string[]) => ({
  root: `${root}/apps/cli/harness`,
  base: './',
  build: {
    outDir: `${root}/dist/${name}`,
    emptyOutDir: true,
    target: 'es2023',
    rolldownOptions: { input: pages.map((page) => `${root}/apps/cli/harness/${page}.html`) },
  },
  worker: { format: 'es' as const },
});

/**
 * Node programs: Node 20 runs no TypeScript. They are bundled with their packages, which `dist/` could
 * not resolve, except Playwright, which starts processes from files of its own, and Dawn, a native one.
 */
const node = (name: string, entry: string) => ({
  root,
  ssr: { noExternal: true as const, external: ['playwright', 'webgpu'], target: 'node' as const },
  build: {
    ssr: `${root}/apps/${entry}`,
    outDir: `${root}/dist/${name}`,
    emptyOutDir: true,
    target: 'node20',
  },
});

/** What other people's sites import: everything of ours inside, nothing to resolve. */
const sdk = {
  root: `${root}/packages/sdk`,
  plugins: [completeBundle()],
  build: {
    outDir: `${root}/packages/sdk/dist`,
    emptyOutDir: true,
    target: 'es2023',
    lib: { entry: 'src/manyhands.ts', formats: ['es' as const], fileName: 'manyhands' },
    license: { fileName: 'THIRD-PARTY.md' },
    // A library keeps its white space otherwise.
    rolldownOptions: { output: { minify: true, chunkFileNames: 'manyhands-[name]-[hash].js' } },
  },
  // As text in the bundle a worker has nobody to import from.
  worker: { format: 'es' as const, rolldownOptions: { output: { codeSplitting: false } } },
};

function configOf(mode: string) {
  if (mode === 'sdk') return sdk;
  if (mode === 'widget') return widget;
  if (mode === 'relay' || mode === 'cli') return node(mode, `${mode}/src/main.ts`);
  if (mode === 'manyhands') return node(mode, 'cli/src/manyhands.ts');
  if (mode === 'harness') return harness(mode, ['eval', 'tab', 'swarm']);
  return mode === 'bench' ? harness(mode, ['bench']) : site;
}

/**
 * How long a test and its waits may take: no bound that is tested, for machines that run this are shared
 * and may give it no turn for seconds.
 */
const patience = {
  testTimeout: 30_000,
  hookTimeout: 60_000,
  expect: { poll: { timeout: 10_000, interval: 20 } },
  setupFiles: [`${root}/apps/cli/src/testing/patient-waits.ts`],
};

export default defineConfig(({ mode }) => ({
  ...configOf(mode),
  test: {
    root,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          ...patience,
          name: 'node',
          root,
          include: ['{apps,packages}/*/src/**/*.test.ts'],
          exclude: ['**/*.{gpu,browser}.test.ts', '**/node_modules/**'],
        },
      },
      {
        // Found only while tests run otherwise, and then Vite reloads the page under them.
        optimizeDeps: {
          include: ['simple-peer/simplepeer.min.js'],
          exclude: ['comlink', 'onnxruntime-web'],
        },
        // Test models may lie beside the repository; tests that want them skip where they do not.
        server: {
          fs: { allow: [root, `${root}/../shared`] },
          // As the site is served: threads of WebAssembly need a page that is isolated.
          headers: {
            'Cross-Origin-Opener-Policy': 'same-origin',
            'Cross-Origin-Embedder-Policy': 'require-corp',
          },
        },
        test: {
          ...patience,
          name: 'browser',
          root,
          include: ['{apps,packages}/*/src/**/*.{gpu,browser}.test.ts'],
          maxWorkers: 2,
          browser: {
            enabled: true,
            // Only then may two pages run beside each other: one reckons a reference while the other's kernels run.
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: {
                executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
                args: [...CHROMIUM_ARGS],
              },
            }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
}));
