import { createHash, randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';

/** 256 bits that need no quotes in any file or shell. */
export function makeTurnSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** Tells two secrets apart without showing either. */
export function fingerprintOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex').slice(0, 16);
}

/** Replaces `TURN_SECRET` in a file of `NAME=value` lines, or adds it; only its owner may read the file. */
export async function writeTurnSecret(file: string, secret: string): Promise<'made' | 'replaced'> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const line = `TURN_SECRET=${secret}`;
  const existing = /^TURN_SECRET=.*$/m;
  const isThere = existing.test(text);
  const gap = text === '' || text.endsWith('\n') ? '' : '\n';
  const aside = `${file}.${process.pid}`;
  const changed = isThere ? text.replace(existing, () => line) : `${text}${gap}${line}\n`;
  await writeFile(aside, changed, { mode: 0o600 });
  await rename(aside, file);
  return isThere && !/^TURN_SECRET=\s*$/m.test(text) ? 'replaced' : 'made';
}
