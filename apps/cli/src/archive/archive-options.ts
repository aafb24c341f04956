import { readOptions, usageError } from '../read-options.ts';

export const ARCHIVE_USAGE = `Usage: npm run archive -- --commit HASH [--dist FOLDER]
  keeps the built site and relay as the version that later ones are tested with (e2e/previous);
  run it when a version is released, before the next one changes the protocol
  --commit HASH    what they were built from
  --dist FOLDER    has \`web\` and \`relay\` of another checkout (this one's dist)`;

export type ArchiveOptions =
  | { readonly action: 'help' }
  | { readonly action: 'pack'; readonly commit: string; readonly dist: string | undefined };

/** Reads the command line. Throws `usage`. */
export function readArchiveOptions(args: readonly string[]): ArchiveOptions {
  const options = {
    help: { type: 'boolean', short: 'h' },
    commit: { type: 'string' },
    dist: { type: 'string' },
  } as const;
  const { help, commit = '', dist } = readOptions(args, options, ARCHIVE_USAGE);
  if (help === true) return { action: 'help' };
  if (!/^[0-9a-f]{7,40}$/.test(commit)) {
    throw usageError('--commit takes the hash of a commit.', ARCHIVE_USAGE);
  }
  return { action: 'pack', commit, dist: dist === '' ? undefined : dist };
}
