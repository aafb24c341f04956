import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommandContext } from '../command-context.ts';
import { readOptions } from '../read-options.ts';
import { writeProtocolDocument } from './protocol-document.ts';

const USAGE =
  'Usage: npm run docs     writes docs/protocol.md from the schemas of packages/protocol';
export const PROTOCOL_DOCUMENT = 'docs/protocol.md';

/** Writes the documents that are made from sources. */
export async function runDocs(
  args: readonly string[],
  { repositoryRoot, write }: CommandContext,
): Promise<void> {
  const { help } = readOptions(args, { help: { type: 'boolean', short: 'h' } }, USAGE);
  if (help === true) return write(`${USAGE}\n`);
  const text = await writeProtocolDocument(repositoryRoot);
  await writeFile(join(repositoryRoot, PROTOCOL_DOCUMENT), text);
  write(`${PROTOCOL_DOCUMENT}\n`);
}
