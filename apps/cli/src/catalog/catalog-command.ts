import { resolve } from 'node:path';
import type { CommandContext } from '../command-context.ts';
import { dataDirectory } from '../data-directory.ts';
import { addModel } from './add-model.ts';
import { CATALOG_USAGE, readCatalogOptions } from './catalog-options.ts';
import { verifyModels } from './verify-models.ts';
import { writeTestEmbedding } from './write-test-embedding.ts';

/** Adds models to this machine's catalogue and verifies what catalogues list. */
export async function runCatalog(args: readonly string[], context: CommandContext): Promise<void> {
  const options = readCatalogOptions(args);
  const dataDir = dataDirectory();
  switch (options.action) {
    case 'help':
      return context.write(`${CATALOG_USAGE}\n`);
    case 'add':
      return addModel(options.source, dataDir, context);
    case 'test-embedding': {
      const path = await writeTestEmbedding(resolve(context.callerDirectory, options.folder));
      return context.write(`${path}\n`);
    }
    case 'verify':
      return verifyModels(options.ids, dataDir, context);
    default:
      options satisfies never;
  }
}
