import { readFile, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { EMBED_PAGE } from '../embed/embed-key.ts';
import { GZIP_CACHE_BYTES_MAX, GZIP_FILE_BYTES_MAX, GZIP_FILE_BYTES_MIN } from '../limits.ts';
import { answerContent, type Exchange, IMMUTABLE, NO_CACHE, REVALIDATED } from './answer.ts';
import { contentTypeOf, isCompressible } from './content-types.ts';
import { sendFile } from './send-file.ts';

/** A folder of built files under a path of the site. */
export interface SiteFiles {
  /** Answers if the folder has the file; `path` is decoded and begins with `/`. */
  answer(exchange: Exchange, path: string): Promise<boolean>;
}

/** Vite puts a hash of the content into these names, so they never change. */
const HASHED_NAME = /^\/assets\/.+-[A-Za-z0-9_-]{8}\.[a-z0-9]+$/;

const compress = promisify(gzip);

export function createSiteFiles(directory: string): SiteFiles {
  const compressed = new Map<string, { etag: string; body: Buffer; gzipped: Buffer }>();
  let compressedBytes = 0;

  const compressedCopy = async (file: string, etag: string) => {
    const known = compressed.get(file);
    if (known?.etag === etag) return known;
    const body = await readFile(file);
    const copy = { etag, body, gzipped: await compress(body) };
    compressedBytes += body.length + copy.gzipped.length;
    if (compressedBytes > GZIP_CACHE_BYTES_MAX) {
      compressed.clear();
      compressedBytes = body.length + copy.gzipped.length;
    }
    compressed.set(file, copy);
    return copy;
  };

  return {
    async answer(exchange, path) {
      const file = await findFile(directory, path.endsWith('/') ? `${path}index.html` : path);
      if (file === undefined) return false;
      const etag = `"${file.size.toString(36)}-${Math.round(file.mtimeMs).toString(36)}"`;
      const cacheControl = cachingOf(path);
      const type = contentTypeOf(file.path);
      const isSmall = file.size >= GZIP_FILE_BYTES_MIN && file.size <= GZIP_FILE_BYTES_MAX;
      if (isCompressible(file.path) && isSmall) {
        const { body, gzipped } = await compressedCopy(file.path, etag);
        await answerContent(exchange, { body, gzipped, type, etag, cacheControl });
        return true;
      }
      const answer = { path: file.path, type, etag, cacheControl };
      return (await sendFile(exchange, answer)) === 'sent';
    },
  };
}

function cachingOf(path: string): string {
  // Who may embed it can change at any time, and a 304 leaves the policy of the copy as it was.
  if (path === EMBED_PAGE) return 'no-store';
  if (path === '/widget.js') return REVALIDATED;
  return HASHED_NAME.test(path) ? IMMUTABLE : NO_CACHE;
}

interface FoundFile {
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
}

/**
 * A plain file inside the folder. Names with dots in front, parent segments, backslashes and NUL are
 * no names of built files; what a symbolic link points to must lie inside as well.
 */
async function findFile(directory: string, path: string): Promise<FoundFile | undefined> {
  const segments = path.split('/').slice(1);
  const isPlain = segments.every((part) => part !== '' && !/^\.|[\\\0:]/.test(part));
  if (!isPlain) return undefined;
  try {
    const root = await realpath(directory);
    const file = await realpath(join(root, ...segments));
    const info = await stat(file);
    if (!file.startsWith(root + sep) || !info.isFile()) return undefined;
    return { path: file, size: info.size, mtimeMs: info.mtimeMs };
  } catch {
    // Not there, or not readable: both are a 404.
    return undefined;
  }
}
