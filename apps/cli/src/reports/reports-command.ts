import { resolve } from 'node:path';
import type { CommandContext } from '../command-context.ts';
import { usageError } from '../read-options.ts';
import { describeReports } from './describe-reports.ts';
import { readReports } from './read-reports.ts';
import { REPORTS_USAGE, readReportsOptions } from './reports-options.ts';

/** Lists what people told this relay's operator about answers. */
export async function runReports(
  args: readonly string[],
  { write, callerDirectory }: CommandContext,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<void> {
  const options = readReportsOptions(args);
  if (options.action === 'help') return write(`${REPORTS_USAGE}\n`);
  const file = options.file ?? env.REPORTS_FILE;
  if (file === undefined || file === '') {
    throw usageError('REPORTS_FILE is not set, so the relay takes no reports.', REPORTS_USAGE);
  }
  const read = await readReports(resolve(callerDirectory, file), options.last);
  write(options.isJson ? `${JSON.stringify(read, null, 2)}\n` : describeReports(read));
}
