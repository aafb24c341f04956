import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** Everything that a page fetches before there is a frame. */
const GZIP_BYTES_MAX = 6_000;

let folder = '';
let script = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'manyhands-widget-'));
  const configFile = join(import.meta.dirname, '../../../vite.config.ts');
  const mode = 'widget';
  await build({ configFile, mode, logLevel: 'error', build: { outDir: folder } });
  script = await readFile(join(folder, 'widget.js'), 'utf8');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the built element', () => {
  it(`is one file below ${GZIP_BYTES_MAX} bytes gzipped`, async () => {
    expect(await readdir(folder)).toEqual(['widget.js']);
    expect(gzipSync(script).length).toBeLessThan(GZIP_BYTES_MAX);
    expect(gzipSync(script).length).toBeGreaterThan(1_000);
  });

  it('runs as a classic script: it imports and exports nothing', () => {
    expect(() => new Function(script)).not.toThrow();
    expect(script).not.toMatch(/\bimport\s*\(/);
  });

  it('writes no markup, no style text and evaluates nothing', () => {
    const forbidden =
      /innerHTML|outerHTML|insertAdjacentHTML|srcdoc|document\.write|eval\(|cssText/;
    expect(script).not.toMatch(forbidden);
    expect(script).not.toMatch(/createElement\(.style/);
  });
});
