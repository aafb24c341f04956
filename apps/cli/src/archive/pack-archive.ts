import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { CliError } from '../error.ts';
import { ARCHIVE_CONTENT_BYTES_MAX } from '../limits.ts';

/** A built site and relay of some time. */
export interface Archive {
  readonly commit: string;
  /** Text by path: `web/...` and `relay/main.js`. */
  readonly files: Readonly<Record<string, string>>;
}

/** Frames, benchmarks, whole models and their runtime: nothing that asks and serves in pages. */
const LEFT_OUT = /bench|embed|widget|\.wasm$|\.map$/;

/** Reads what pages and relay need of a build. Throws `not-found` where it is none. */
export async function readBuild(folder: string): Promise<Archive['files']> {
  const files: Record<string, string> = {};
  for (const part of ['web', 'relay']) {
    const names = await readdir(join(folder, part), { recursive: true, withFileTypes: true }).catch(
      () => [],
    );
    for (const entry of names) {
      const path = join(entry.parentPath, entry.name);
      const name = relative(folder, path).split(sep).join('/');
      if (!entry.isFile() || LEFT_OUT.test(name)) continue;
      files[name] = decode(name, await readFile(path));
    }
  }
  for (const name of ['web/index.html', 'relay/main.js']) {
    if (files[name] === undefined) {
      throw new CliError('not-found', `${folder} has no ${name}: build it first.`);
    }
  }
  // In an order of its own, so that the same build gives the same archive.
  return Object.fromEntries(Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** All files in one text: chunks that share code compress together. */
export function packArchive(archive: Archive): Buffer {
  return brotliCompressSync(JSON.stringify(archive), {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
    },
  });
}

/** The opposite of `packArchive`. */
export function unpackArchive(packed: Uint8Array): Archive {
  const text = brotliDecompressSync(packed, { maxOutputLength: ARCHIVE_CONTENT_BYTES_MAX });
  return JSON.parse(String(text)) as Archive;
}

function decode(name: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new CliError('not-verified', `${name} is no text: leave it out or make it one.`, {
      cause,
    });
  }
}
