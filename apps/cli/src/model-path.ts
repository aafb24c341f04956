import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CliError } from './error.ts';

/** The absolute path of a file that exists. Throws `not-found`. */
export async function resolveFile(callerDirectory: string, file: string): Promise<string> {
  const path = resolve(callerDirectory, file);
  const info = await stat(path).catch(() => undefined);
  if (info?.isFile()) return path;
  const problem = info === undefined ? 'does not exist' : 'is not a file';
  throw new CliError('not-found', `${path} ${problem}. Check the path.`);
}

export function isWebUrl(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text);
}
