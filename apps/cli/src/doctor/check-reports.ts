import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { REPORTS_FILE_BYTES_MAX } from '@manyhands/relay/limits';
import type { RelaySettings } from '@manyhands/relay/settings';
import { REPORTS_FULL_SHARE } from '../limits.ts';
import { type Finding, note, ok, problem } from './finding.ts';

/** Whether what people report can be put away; nothing to look at where none is taken. */
export async function checkReports({ reportsFile: file }: RelaySettings): Promise<Finding[]> {
  if (file === undefined) return [];
  const info = await stat(file).catch(() => undefined);
  try {
    // Not there yet: the relay makes it.
    await access(info === undefined ? dirname(file) : file, constants.W_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const remedy = 'Let the user that runs the relay write there, or set REPORTS_FILE.';
    return [problem('reports', `cannot write to ${file} (${code})`, remedy)];
  }
  const percent = Math.round((100 * (info?.size ?? 0)) / REPORTS_FILE_BYTES_MAX);
  const text = `reports go to ${file}, which is ${percent} % full`;
  if (percent < 100 * REPORTS_FULL_SHARE) return [ok('reports', text)];
  const remedy = 'Read them (manyhands reports) and move the file away: the relay begins anew.';
  return [note('reports', text, remedy)];
}
