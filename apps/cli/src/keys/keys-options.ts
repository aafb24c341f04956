import { parseArgs } from 'node:util';
import { usageError } from '../read-options.ts';

export const KEYS_USAGE = `Usage: manyhands keys                        what is secret here, by fingerprint
       manyhands keys make turn              print a new secret for relay and TURN server
       manyhands keys make turn --env FILE   put it into FILE, in place of the one there
       manyhands keys rotate lan             forget authority and certificate of --lan`;

export type KeysOptions =
  | { readonly action: 'help' | 'show' | 'rotate-lan' }
  | { readonly action: 'make-turn'; readonly file: string | undefined };

/** Reads the command line. Throws `usage`. */
export function readKeysOptions(args: readonly string[]): KeysOptions {
  const { values, positionals } = parse(args);
  const { env: file } = values;
  if (values.help === true) return { action: 'help' };
  const words = positionals.join(' ');
  if (words === 'make turn' && file !== '') return { action: 'make-turn', file };
  if (file !== undefined) throw usageError('--env belongs to "make turn".', KEYS_USAGE);
  if (words === '') return { action: 'show' };
  if (words === 'rotate lan') return { action: 'rotate-lan' };
  throw usageError('What to do?', KEYS_USAGE);
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: { help: { type: 'boolean', short: 'h' }, env: { type: 'string' } },
      allowPositionals: true,
    });
  } catch (error) {
    throw usageError(error instanceof Error ? error.message : String(error), KEYS_USAGE);
  }
}
