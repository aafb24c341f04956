import { ModelError } from '../error.ts';
import { MANIFEST_BYTES_MAX } from '../manifest-limits.ts';
import { ATTEMPTS_MAX } from './limits.ts';
import type { ModelCache } from './piece-cache.ts';
import { backoffMs, pause, type Timing } from './timing.ts';

export interface ManifestRequest {
  readonly modelRoot: string;
  readonly url: string;
  readonly fetch: typeof fetch;
  readonly cache: ModelCache;
  readonly timing: Timing;
  readonly signal: AbortSignal;
}

/** Parses a manifest of one kind of model and checks that a root names it. Throws `ModelError`. */
export type VerifyManifest<Kind> = (value: unknown, modelRoot: string) => Promise<Kind>;

/** The manifest that `modelRoot` names: from the cache, else from the relay. Verified either way. */
export async function fetchManifest<Kind>(
  verify: VerifyManifest<Kind>,
  request: ManifestRequest,
): Promise<Kind> {
  const { cache, modelRoot } = request;
  const cached = await cache.readManifest();
  if (cached !== undefined) {
    const manifest = await tryVerify(verify, cached, modelRoot);
    // A damaged one is fetched and written again, like any piece.
    if (manifest !== undefined) return manifest;
  }
  const json = await download(request);
  const manifest = await verify(parseJson(json, request.url), modelRoot);
  await cache.writeManifest(json);
  return manifest;
}

async function tryVerify<Kind>(
  verify: VerifyManifest<Kind>,
  json: string,
  modelRoot: string,
): Promise<Kind | undefined> {
  try {
    return await verify(parseJson(json, 'the cache'), modelRoot);
  } catch (error) {
    if (error instanceof ModelError) return undefined;
    throw error;
  }
}

async function download(request: ManifestRequest): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await downloadOnce(request);
    } catch (error) {
      const isWorthAnother = error instanceof ModelError && error.code === 'network';
      if (!isWorthAnother || attempt >= ATTEMPTS_MAX) throw error;
    }
    await pause(backoffMs(request.timing, attempt), request.signal);
  }
}

async function downloadOnce(request: ManifestRequest): Promise<string> {
  const { url, signal } = request;
  const deadline = AbortSignal.timeout(request.timing.stallMs);
  try {
    const response = await request.fetch(url, { signal: AbortSignal.any([signal, deadline]) });
    if (response.status === 404) {
      throw new ModelError('not-found', `${url} does not exist: reload the catalogue`);
    }
    if (!response.ok) throw new ModelError('network', `${url} answers ${response.status}`);
    return await readText(response, url);
  } catch (error) {
    if (error instanceof ModelError) throw error;
    if (signal.aborted) throw new ModelError('aborted', 'loading was stopped', { cause: error });
    throw new ModelError('network', `${url} cannot be reached; check the connection`, {
      cause: error,
    });
  }
}

async function readText(response: Response, url: string): Promise<string> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let byteLength = 0;
  while (reader !== undefined) {
    const { done, value } = await reader.read();
    if (done) break;
    byteLength += value.length;
    if (byteLength > MANIFEST_BYTES_MAX) {
      await reader.cancel();
      throw new ModelError('bad-manifest', `${url} is larger than any manifest may be`);
    }
    text += decoder.decode(value, { stream: true });
  }
  return text + decoder.decode();
}

function parseJson(json: string, from: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new ModelError(
      'bad-manifest',
      `the manifest from ${from} is not JSON; ask the operator of the relay to add the model again`,
      { cause },
    );
  }
}
