import { expect, it } from 'vitest';
import { listPageFiles, type WrittenFile } from './build-files.ts';

const chunk = (name: string, more: Partial<WrittenFile & { type: 'chunk' }> = {}): WrittenFile => ({
  type: 'chunk',
  fileName: `assets/${name}.js`,
  name,
  isEntry: false,
  imports: [],
  dynamicImports: [],
  ...more,
});
const asset = (name: string, sizeBytes: number): WrittenFile => ({
  type: 'asset',
  fileName: `assets/${name}`,
  source: new Uint8Array(sizeBytes),
});
const bundleOf = (...files: readonly WrittenFile[]) =>
  Object.fromEntries(files.map((file) => [file.fileName, file]));

const bundle = bundleOf(
  chunk('index', {
    isEntry: true,
    imports: ['assets/shared.js'],
    dynamicImports: ['assets/peer.js'],
    viteMetadata: { importedCss: new Set(['assets/index.css']) },
  }),
  // Chunks may import each other in a circle.
  chunk('shared', { imports: ['assets/index.js'] }),
  chunk('peer', { dynamicImports: ['assets/volunteer.js'] }),
  chunk('volunteer'),
  chunk('embed', { isEntry: true, imports: ['assets/shared.js', 'assets/frame.js'] }),
  chunk('frame'),
  asset('ticker-worker.js', 41),
  asset('engine-worker.js', 480_000),
  asset('ort.wasm', 14_000_000),
  asset('index.css', 9_000),
);

it('lists what a page imports now and later, with styles and small workers', () => {
  expect(listPageFiles(bundle, 'index')).toEqual([
    'assets/index.css',
    'assets/index.js',
    'assets/peer.js',
    'assets/shared.js',
    'assets/ticker-worker.js',
    'assets/volunteer.js',
  ]);
});

it('fails the build where the page is not in it', () => {
  expect(() => listPageFiles(bundle, 'home')).toThrow('home');
});
