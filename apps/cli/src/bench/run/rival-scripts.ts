import { readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileServer } from '../../serve/file-server.ts';

/** Where each rival's built files lie in its package, and where the page finds them. */
const RIVALS = [
  { files: 'onnxruntime-web/dist', path: '/rivals/onnxruntime-web/' },
  { files: '@wllama/wllama/esm', path: '/rivals/wllama/' },
  { files: 'wllama-next/esm', path: '/rivals/wllama-next/' },
] as const;

/** Serves the rivals' packages as they are installed: no bundle of ours contains them. */
export async function serveRivals(server: FileServer, repositoryRoot: string): Promise<void> {
  for (const { files, path } of RIVALS) {
    const directory = await realpath(join(repositoryRoot, 'apps/cli/node_modules', files));
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    for (const entry of entries) {
      if (!entry.isFile()) continue;
      const file = join(entry.parentPath, entry.name);
      server.add(`${path}${file.slice(directory.length + 1).replaceAll('\\', '/')}`, { file });
    }
  }
}
