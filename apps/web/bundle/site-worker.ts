import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Plugin } from 'vite';
import {
  type BuildFile,
  listPageFiles,
  type SiteBuild,
  type WrittenFile,
} from '../src/service-worker/build-files.ts';

const root = join(import.meta.dirname, '..');

/** Under names without a hash, and asked for by every visit. */
const PLAIN_FILES = ['favicon.svg', 'manifest.webmanifest'];

/**
 * Writes `service-worker.js` beside the site, with the list of the site's files inside. It is made from what
 * lies in the folder in the end, byte for byte what a server will send.
 */
export function siteWorker(): Plugin {
  return {
    name: 'manyhands-site-worker',
    apply: 'build',
    writeBundle: {
      order: 'post',
      sequential: true,
      async handler({ dir = '' }, bundle) {
        const hashOf = (path: string): string => digest(readFileSync(join(dir, path)));
        const files: BuildFile[] = [
          { path: '', sha256: hashOf('index.html') },
          ...[...PLAIN_FILES, ...listPageFiles(bundle as Record<string, WrittenFile>, 'index')].map(
            (path) => ({ path, sha256: hashOf(path) }),
          ),
        ];
        writeFileSync(join(dir, 'service-worker.js'), await buildWorker(files));
      },
    },
  };
}

async function buildWorker(files: readonly BuildFile[]): Promise<string> {
  // Without the list first, because the version is also that of the worker's own code.
  const code = await bundleWorker({ version: '', files: [] });
  const version = digest(Buffer.from(code + JSON.stringify(files))).slice(0, 16);
  return bundleWorker({ version, files });
}

async function bundleWorker(siteBuild: SiteBuild): Promise<string> {
  const built = await build({
    root,
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    define: { SITE_BUILD: JSON.stringify(siteBuild) },
    build: {
      write: false,
      target: 'es2023',
      lib: {
        entry: 'src/service-worker/main.ts',
        formats: ['iife'],
        name: 'manyhandsSiteWorker',
      },
    },
  });
  const [output] = [built].flat();
  const chunk = output !== undefined && 'output' in output ? output.output[0] : undefined;
  if (chunk === undefined) throw new Error('The service worker of the site was not built.');
  return chunk.code;
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
