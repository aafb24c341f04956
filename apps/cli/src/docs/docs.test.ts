import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repositoryRoot } from '../../bin/repository.mjs';
import { PROTOCOL_DOCUMENT } from './docs-command.ts';
import { writeProtocolDocument } from './protocol-document.ts';
import { readComments } from './read-comments.ts';

describe('the reference of the protocol', () => {
  it('is the one that the schemas give: run `npm run docs` after changing them', async () => {
    const committed = await readFile(join(repositoryRoot, PROTOCOL_DOCUMENT), 'utf8');
    expect(committed).toBe(await writeProtocolDocument(repositoryRoot));
  });

  it('says what sources say about messages and their own fields', () => {
    const { messages, declarations } = readComments(`
/** Give me
 * bytes. */
export const Ask = v.strictObject({
  type: v.literal('ask'),
  /** How many. */
  count: Count,
  inner: v.strictObject({ /** Not the message's. */ other: v.string() }),
});
const Union = v.variant('type', [
  /** Anonymous. */
  v.strictObject({ type: v.literal('tell') }),
]);`);
    expect(declarations.get('Ask')).toBe('Give me bytes.');
    expect(messages.get('ask')?.text).toBe('Give me bytes.');
    expect([...(messages.get('ask')?.fields ?? [])]).toEqual([['count', 'How many.']]);
    expect(messages.get('tell')?.text).toBe('Anonymous.');
  });
});
