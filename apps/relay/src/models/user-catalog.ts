import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  CATALOG_VERSION,
  type Catalog,
  type CatalogEntry,
  parseCatalog,
} from '@manyhands/model/catalog';
import { ModelError } from '@manyhands/model/error';

/** What `npm run catalog -- add` adds to: models of this machine, with files beside it. */
export function userCatalogFile(dataDir: string): string {
  return join(dataDir, 'models', 'catalog.json');
}

/** Reads a catalogue file. Throws `ModelError` `bad-catalog`. */
export async function readCatalogFile(file: string): Promise<Catalog> {
  try {
    return parseCatalog(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    if (cause instanceof ModelError) throw cause;
    const message = `${file} cannot be read as JSON; set CATALOG to a catalogue`;
    throw new ModelError('bad-catalog', message, { cause });
  }
}

/** The user's catalogue, empty where nobody added anything. Throws `bad-catalog`. */
export async function readUserCatalog(dataDir: string): Promise<Catalog> {
  const file = userCatalogFile(dataDir);
  try {
    return await readCatalogFile(file);
  } catch (error) {
    const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
    if (code === 'ENOENT') return { version: CATALOG_VERSION, entries: [] };
    throw error;
  }
}

/** Adds an entry, replacing the one with its id. */
export async function addToUserCatalog(dataDir: string, entry: CatalogEntry): Promise<void> {
  const file = userCatalogFile(dataDir);
  const { entries } = await readUserCatalog(dataDir);
  const others = entries.filter(({ id }) => id !== entry.id);
  const catalog = parseCatalog({ version: CATALOG_VERSION, entries: [...others, entry] });
  await mkdir(dirname(file), { recursive: true });
  // Under another name first, so that a relay never reads half a catalogue.
  const temporary = `${file}.${randomUUID()}`;
  await writeFile(temporary, `${JSON.stringify(catalog, undefined, 2)}\n`);
  await rename(temporary, file);
}
