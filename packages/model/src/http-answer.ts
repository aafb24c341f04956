import { ModelError } from './error.ts';
import { HTTP_BACKOFF_MS_MAX } from './limits.ts';

/** What the answers so far said about a file: later ones must agree. */
export interface FileVersion {
  readonly url: string;
  byteLength: number | undefined;
  etag: string | undefined;
}

/**
 * Proves that an answer carries exactly bytes `[start, end)` of the same version of the file, and
 * learns the file's size and version from the first one.
 */
export function checkPart(file: FileVersion, response: Response, start: number, end: number): void {
  if (response.status === 404 || response.status === 410) {
    throw new ModelError('not-found', `${file.url} does not exist; try another mirror`);
  }
  if (response.status === 401 || response.status === 403) {
    throw new ModelError('not-found', `${file.url} is not public; try another mirror`);
  }
  if (response.status === 416) {
    learnSize(file, /^bytes \*\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1]);
    throw endsBefore(file, end);
  }
  if (response.status === 200) {
    throw new ModelError(
      'range-unsupported',
      `${file.url} ignores Range requests; serve the model from a host that honours them`,
    );
  }
  if (response.status !== 206) {
    throw new ModelError('network', `${file.url} answers ${response.status}; try another mirror`);
  }
  checkContentRange(file, response, start, end);
  checkVersion(file, response);
}

function checkContentRange(file: FileVersion, response: Response, start: number, end: number) {
  const header = response.headers.get('content-range');
  const match = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(header ?? '');
  if (match === null) {
    throw new ModelError(
      'range-unsupported',
      `${file.url} does not say which bytes it sends; the host must send Content-Range and, to ` +
        'other sites, list it in Access-Control-Expose-Headers',
    );
  }
  const [, first, last, size] = match;
  if (size !== '*') learnSize(file, size);
  const isToEnd = file.byteLength !== undefined && end > file.byteLength;
  if (isToEnd) throw endsBefore(file, end);
  if (Number(first) !== start || Number(last) !== end - 1) {
    throw new ModelError(
      'range-unsupported',
      `${file.url} answers bytes ${first}-${last} when asked for ${start}-${end - 1}`,
    );
  }
}

function learnSize(file: FileVersion, text: string | undefined): void {
  if (text === undefined) return;
  const byteLength = Number(text);
  if (!Number.isSafeInteger(byteLength)) {
    throw new ModelError('malformed', `${file.url} claims a size of ${text.slice(0, 40)} bytes`);
  }
  if (file.byteLength !== undefined && file.byteLength !== byteLength) throw changed(file.url);
  file.byteLength = byteLength;
}

function checkVersion(file: FileVersion, response: Response): void {
  // Other sites' ETags are visible only where the host exposes them. Weak ones promise nothing
  // about bytes.
  const etag = response.headers.get('etag');
  if (etag === null || etag.startsWith('W/')) return;
  if (file.etag !== undefined && file.etag !== etag) throw changed(file.url);
  file.etag = etag;
}

function changed(url: string): ModelError {
  return new ModelError('malformed', `${url} changed while it was read; load the model again`);
}

function endsBefore(file: FileVersion, end: number): ModelError {
  const size = file.byteLength === undefined ? 'somewhere' : `at byte ${file.byteLength}`;
  return new ModelError('truncated', `${file.url} ends ${size}, before ${end}; fetch another copy`);
}

/** The wait a busy server asks for, as far as we grant it. */
export function retryAfterMs(response: Response): number {
  const seconds = Number(response.headers.get('retry-after') ?? 0);
  return seconds > 0 ? Math.min(seconds * 1000, HTTP_BACKOFF_MS_MAX) : 0;
}
