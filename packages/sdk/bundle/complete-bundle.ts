import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Plugin } from 'vite';

const root = join(import.meta.dirname, '..');

/**
 * Adds what a bundle of the SDK needs besides its module: the service worker as a file of its own, without
 * imports or exports so that it may be a classic script or a module, and `build.json`, which names the
 * version and the hash of each file: who builds the same sources gets the same.
 */
export function completeBundle(): Plugin {
  return {
    name: 'manyhands-sdk',
    async generateBundle(_, bundle) {
      const emit = (fileName: string, source: string) =>
        this.emitFile({ type: 'asset', fileName, source });
      const worker = await buildServiceWorker();
      emit('manyhands-sw.js', worker);
      emit('LICENSE', readFileSync(join(root, '../../LICENSE'), 'utf8'));
      const sha256 = { 'manyhands-sw.js': hashOf(worker) };
      const modules = Object.values(bundle).filter((file) => file.type === 'chunk');
      for (const { fileName, code } of modules) Object.assign(sha256, { [fileName]: hashOf(code) });
      emit('build.json', `${JSON.stringify({ ...readManifest(), sha256 }, null, 2)}\n`);
    },
  };
}

async function buildServiceWorker(): Promise<string> {
  const built = await build({
    root,
    configFile: false,
    logLevel: 'warn',
    build: {
      write: false,
      target: 'es2023',
      lib: {
        entry: 'src/service-worker/main.ts',
        formats: ['iife'],
        name: 'manyhandsServiceWorker',
      },
    },
  });
  const [output] = [built].flat();
  const chunk = output !== undefined && 'output' in output ? output.output[0] : undefined;
  if (chunk === undefined) throw new Error('The service worker was not built.');
  return chunk.code;
}

function hashOf(code: string): string {
  return createHash('sha256').update(code).digest('hex');
}

function readManifest(): { readonly name: string; readonly version: string } {
  const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return { name, version };
}
