import { type FileHandle, open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { answerError, type Exchange } from './answer.ts';
import { chooseRange, matchesTag } from './byte-range.ts';

/** How a file on disk is served. */
export interface FileAnswer {
  readonly path: string;
  readonly type: string;
  /** Strong: names the bytes. */
  readonly etag: string;
  readonly cacheControl: string;
  /** The file must still be this one; another is `changed`. */
  readonly expected?: { readonly size: number; readonly mtimeMs: number };
}

export type SendOutcome = 'sent' | 'missing' | 'changed';

/**
 * Streams a file or one range of it. Nothing has been answered when the outcome is `missing` or
 * `changed`. A reader that stops reading is cut by the server's idle time-out.
 */
export async function sendFile(exchange: Exchange, answer: FileAnswer): Promise<SendOutcome> {
  let file: FileHandle;
  try {
    file = await open(answer.path, 'r');
  } catch {
    return 'missing';
  }
  try {
    const info = await file.stat();
    if (!info.isFile()) return 'missing';
    const { expected } = answer;
    if (expected && (info.size !== expected.size || info.mtimeMs !== expected.mtimeMs)) {
      return 'changed';
    }
    await send(exchange, answer, file, info.size);
    return 'sent';
  } finally {
    await file.close();
  }
}

async function send(
  exchange: Exchange,
  answer: FileAnswer,
  file: FileHandle,
  sizeBytes: number,
): Promise<void> {
  const { request, response } = exchange;
  response.setHeader('ETag', answer.etag);
  response.setHeader('Cache-Control', answer.cacheControl);
  response.setHeader('Accept-Ranges', 'bytes');
  if (matchesTag(request.headers['if-none-match'], answer.etag)) {
    response.writeHead(304).end();
    return;
  }
  // Another version of the file must be sent whole; dates are never given out, so only tags match.
  const ifRange = request.headers['if-range'];
  const isSameVersion = ifRange === undefined || ifRange === answer.etag;
  const range = isSameVersion ? chooseRange(request.headers.range, sizeBytes) : undefined;
  if (range === 'unsatisfiable') {
    response.setHeader('Content-Range', `bytes */${sizeBytes}`);
    answerError(exchange, 416, `The file has ${sizeBytes} bytes.`);
    return;
  }
  const { start, end } = range ?? { start: 0, end: sizeBytes };
  if (range) response.setHeader('Content-Range', `bytes ${start}-${end - 1}/${sizeBytes}`);
  response.setHeader('Content-Type', answer.type);
  response.setHeader('Content-Length', end - start);
  response.writeHead(range ? 206 : 200);
  if (request.method === 'HEAD' || start === end) {
    response.end();
    return;
  }
  const stream = file.createReadStream({ start, end: end - 1, autoClose: false });
  await pipeline(stream, response);
}
