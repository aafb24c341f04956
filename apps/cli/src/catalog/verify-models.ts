import type { CatalogViewEntry } from '@manyhands/model/catalog';
import type { ModelLibrary } from '@manyhands/relay/models/model-library';
import { defaultCatalogFile } from '@manyhands/relay/settings';
import type { CommandContext } from '../command-context.ts';
import { CliError, describeError } from '../error.ts';
import { openLibrary } from './open-library.ts';

/** Reads each source once and stores its manifest where relays of this machine find it. */
export async function verifyModels(
  ids: readonly string[],
  dataDir: string,
  { write, say, signal }: CommandContext,
): Promise<void> {
  const { CATALOG, MODELS_DIR } = process.env;
  const catalogFile = CATALOG || defaultCatalogFile();
  const library = await openLibrary({ catalogFile, modelsDir: MODELS_DIR || undefined, dataDir });
  const stop = () => void library.dispose();
  signal.addEventListener('abort', stop, { once: true });
  try {
    // Files of this machine are hashed by themselves.
    await library.settled();
    const failed: string[] = [];
    for (const entry of chooseEntries(library.view().entries, ids)) {
      signal.throwIfAborted();
      const result = await verifyEntry(library, entry, { say, signal });
      write(`${entry.id}: ${result.text}\n`);
      if (!result.ok) failed.push(entry.id);
    }
    if (failed.length > 0) {
      throw new CliError(
        'not-verified',
        `Not verified: ${failed.join(', ')}. The lines above say why; the others are ready.`,
      );
    }
  } finally {
    signal.removeEventListener('abort', stop);
    await library.dispose();
  }
}

async function verifyEntry(
  library: ModelLibrary,
  { id, status, modelRoot, message, source }: CatalogViewEntry,
  { say, signal }: Pick<CommandContext, 'say' | 'signal'>,
): Promise<{ ok: boolean; text: string }> {
  if (status === 'ready') return { ok: true, text: `verified as ${modelRoot}` };
  if (source.type === 'file') return { ok: false, text: message ?? status };
  let said = '';
  const onProgress = (progress: number) => {
    const line = `${id}: ${Math.floor(progress * 100)} %\n`;
    if (line !== said) say(line);
    said = line;
  };
  try {
    const root = await library.verify(id, { onProgress, signal });
    return { ok: true, text: `verified as ${root}` };
  } catch (error) {
    signal.throwIfAborted();
    return { ok: false, text: describeError(error) };
  }
}

function chooseEntries(
  entries: readonly CatalogViewEntry[],
  ids: readonly string[],
): readonly CatalogViewEntry[] {
  const unknown = ids.filter((id) => entries.every((entry) => entry.id !== id));
  if (unknown.length > 0) {
    const known = entries.map(({ id }) => id).join(', ');
    throw new CliError(
      'not-found',
      `Not in the catalogue: ${unknown.join(', ')}. Known: ${known}.`,
    );
  }
  return ids.length === 0 ? entries : entries.filter(({ id }) => ids.includes(id));
}
