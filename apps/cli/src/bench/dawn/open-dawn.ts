import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CliError } from '../../error.ts';

/** What is used of the package. */
interface DawnModule {
  create(options: readonly string[]): GPU;
  readonly globals: Readonly<Record<string, unknown>>;
}

/** Gives this Node process WebGPU through Dawn, under the names that browsers use. */
export async function openDawn(repositoryRoot: string): Promise<void> {
  const { create, globals } = await importDawn(repositoryRoot);
  Object.assign(globalThis, globals);
  Object.defineProperty(globalThis, 'navigator', {
    value: { gpu: create([]) },
    configurable: true,
  });
}

/** A native module of the command line's own packages: no bundle can contain it. */
async function importDawn(repositoryRoot: string): Promise<DawnModule> {
  const require = createRequire(join(repositoryRoot, 'apps/cli/package.json'));
  try {
    const file = pathToFileURL(require.resolve('webgpu')).href;
    return await import(/* @vite-ignore */ file);
  } catch (cause) {
    throw new CliError(
      'not-found',
      'Dawn cannot be loaded on this machine; leave --dawn out to measure in Chromium.',
      { cause },
    );
  }
}
