import { parseArgs } from 'node:util';
import { usageError } from '../read-options.ts';

export const CATALOG_USAGE = `Usage: npm run catalog -- add FILE|URL   check a model and add it to this machine's catalogue
                                         (GGUF, or ONNX with NAME.card.json and NAME.tokenizer.json)
       npm run catalog -- verify [ID ...]  read and hash the sources that are not verified yet
       npm run catalog -- test-embedding FOLDER  write a small embedding model with random weights`;

export type CatalogOptions =
  | { readonly action: 'add'; readonly source: string }
  | { readonly action: 'test-embedding'; readonly folder: string }
  | { readonly action: 'verify'; readonly ids: readonly string[] }
  | { readonly action: 'help' };

/** Reads the command line. Throws `usage`. */
export function readCatalogOptions(args: readonly string[]): CatalogOptions {
  const { values, positionals } = parse(args);
  if (values.help === true) return { action: 'help' };
  const [action, ...rest] = positionals;
  if (action === 'verify') return { action, ids: rest };
  const [source] = rest;
  if (action === 'add' && source !== undefined && source !== '' && rest.length === 1) {
    return { action, source };
  }
  if (action === 'test-embedding' && source !== undefined && source !== '' && rest.length === 1) {
    return { action, folder: source };
  }
  throw usageError(action === 'add' ? 'add takes one file or URL.' : 'What to do?', CATALOG_USAGE);
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: { help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
    });
  } catch (error) {
    throw usageError(error instanceof Error ? error.message : String(error), CATALOG_USAGE);
  }
}
