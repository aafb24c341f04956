import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { CommandContext } from '../command-context.ts';
import { CliError } from '../error.ts';
import { ARCHIVE_BYTES_MAX } from '../limits.ts';
import { ARCHIVE_USAGE, readArchiveOptions } from './archive-options.ts';
import { packArchive, readBuild } from './pack-archive.ts';

/** Where `e2e/specs/versions.spec.ts` finds it. */
export const ARCHIVE = 'e2e/previous/build.json.br';

/** Puts the built site and relay into one small file, for tests of the versions to come. */
export async function runArchive(
  args: readonly string[],
  { repositoryRoot, callerDirectory, write }: CommandContext,
): Promise<void> {
  const options = readArchiveOptions(args);
  if (options.action === 'help') return write(`${ARCHIVE_USAGE}\n`);
  const { commit, dist } = options;
  const folder = dist === undefined ? join(repositoryRoot, 'dist') : resolve(callerDirectory, dist);
  const packed = packArchive({ commit, files: await readBuild(folder) });
  if (packed.length > ARCHIVE_BYTES_MAX) {
    const sizes = `${packed.length} bytes, more than ${ARCHIVE_BYTES_MAX}`;
    throw new CliError('not-verified', `It would have ${sizes}: leave out what no test loads.`);
  }
  const target = join(repositoryRoot, ARCHIVE);
  await mkdir(join(target, '..'), { recursive: true });
  await writeFile(target, packed);
  write(`${ARCHIVE}: ${packed.length} bytes, of ${commit}\n`);
}
