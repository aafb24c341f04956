import { join } from 'node:path';

export const repositoryRoot = join(import.meta.dirname, '../../..');

/** @param {string} text One sentence of progress: stdout belongs to the command. */
export function say(text) {
  process.stderr.write(`${text}\n`);
}
