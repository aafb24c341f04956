import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { GZIP_FILE_BYTES_MIN } from '../limits.ts';
import { matchesTag } from './byte-range.ts';

/** One request being answered. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Small content that is in memory. */
export interface Content {
  readonly body: Buffer;
  readonly type: string;
  /** Of the body; made from its hash where left out. */
  readonly etag?: string;
  readonly cacheControl: string;
  /** Compressed once where the same content is asked for often. */
  readonly gzipped?: Buffer;
}

export const NO_CACHE = 'no-cache';
export const IMMUTABLE = 'public, max-age=31536000, immutable';

/** For a name that stays while its content changes: shown from the cache, asked for again beside it. */
export const REVALIDATED = 'public, max-age=3600, stale-while-revalidate=604800';

const compress = promisify(gzip);

export function acceptsGzip(request: IncomingMessage): boolean {
  const accepted = String(request.headers['accept-encoding'] ?? '');
  return accepted.split(',').some((part) => {
    const [name = '', ...parameters] = part.split(';').map((each) => each.trim());
    return name === 'gzip' && !parameters.some((each) => /^q=0(\.0*)?$/.test(each));
  });
}

/** Answers with content, compressed where the reader accepts it, or 304 where it has it already. */
export async function answerContent(exchange: Exchange, content: Content): Promise<void> {
  const { request, response } = exchange;
  const etag = content.etag ?? `"${createHash('sha256').update(content.body).digest('base64url')}"`;
  response.setHeader('ETag', `W/${etag}`);
  response.setHeader('Cache-Control', content.cacheControl);
  response.setHeader('Vary', 'Accept-Encoding, Origin');
  if (matchesTag(request.headers['if-none-match'], etag)) {
    response.writeHead(304).end();
    return;
  }
  let { body } = content;
  if (body.length >= GZIP_FILE_BYTES_MIN && acceptsGzip(request)) {
    body = content.gzipped ?? (await compress(body));
    response.setHeader('Content-Encoding', 'gzip');
  }
  response.setHeader('Content-Type', content.type);
  response.setHeader('Content-Length', body.length);
  response.writeHead(200);
  response.end(request.method === 'HEAD' ? undefined : body);
}

export function answerJson(exchange: Exchange, value: unknown, cacheControl = NO_CACHE) {
  const body = Buffer.from(JSON.stringify(value));
  return answerContent(exchange, { body, type: 'application/json', cacheControl });
}

/** A short plain text with a status that is an error. */
export function answerError({ request, response }: Exchange, status: number, text: string): void {
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('Content-Length', Buffer.byteLength(text));
  response.writeHead(status);
  response.end(request.method === 'HEAD' ? undefined : text);
}
