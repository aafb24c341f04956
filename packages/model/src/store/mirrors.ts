import { ModelError } from '../error.ts';
import { assemblePieces, type PieceBytes } from './assemble-pieces.ts';
import { ATTEMPTS_MAX } from './limits.ts';
import type { Piece } from './piece-table.ts';
import { requestRange } from './range-request.ts';
import { backoffMs, pause, type Timing } from './timing.ts';

export interface MirrorsOptions {
  readonly urls: readonly string[];
  readonly fileBytes: number;
  readonly fetch: typeof fetch;
  readonly timing: Timing;
  /** Called with the length of each chunk that arrives, wanted or not. */
  readonly onNetworkBytes: (byteLength: number) => void;
}

/** Mirrors of one file. The order is that of trust and grows from experience: failures go last. */
export interface Mirrors {
  /**
   * Fetches a run of pieces, handing on each one as soon as it is verified. Throws `hash-mismatch`
   * when a mirror sent wrong bytes and no other could replace them, else the last failure.
   */
  fetchRun(
    run: readonly Piece[],
    deliver: (piece: PieceBytes) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void>;
}

export function createMirrors(options: MirrorsOptions): Mirrors {
  let urls = [...options.urls];
  return {
    async fetchRun(run, deliver, signal) {
      const failures: ModelError[] = [];
      let missing = run;
      for (const url of [...urls]) {
        const result = await fetchFrom(url, missing, options, deliver, signal);
        if (result.failure === undefined) return;
        if (result.failure.code === 'aborted') throw result.failure;
        missing = result.missing;
        failures.push(result.failure);
        urls = [...urls.filter((other) => other !== url), url];
      }
      throw chooseFailure(failures);
    },
  };
}

interface FetchResult {
  readonly missing: readonly Piece[];
  readonly failure?: ModelError;
}

/** Tries one mirror until it has sent the run, is out of attempts, or is not worth another. */
async function fetchFrom(
  url: string,
  run: readonly Piece[],
  options: MirrorsOptions,
  deliver: (piece: PieceBytes) => Promise<void>,
  signal: AbortSignal,
): Promise<FetchResult> {
  let missing = run;
  let attempt = 0;
  for (;;) {
    try {
      for await (const piece of streamRun(url, missing, options, signal)) {
        missing = missing.slice(1);
        attempt = 0;
        await deliver(piece);
      }
      return { missing };
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      attempt += 1;
      if (error.code !== 'network' || attempt >= ATTEMPTS_MAX) return { missing, failure: error };
    }
    await pause(backoffMs(options.timing, attempt), signal);
  }
}

function streamRun(
  url: string,
  run: readonly Piece[],
  { fileBytes, fetch, timing, onNetworkBytes }: MirrorsOptions,
  signal: AbortSignal,
): AsyncIterable<PieceBytes> {
  const start = run[0]?.start ?? 0;
  const end = run.at(-1)?.end ?? 0;
  const { stallMs } = timing;
  const chunks = requestRange({ url, start, end, fileBytes, fetch, stallMs, signal });
  return assemblePieces(run, counted(chunks, onNetworkBytes), url);
}

async function* counted(
  chunks: AsyncIterable<Uint8Array<ArrayBuffer>>,
  onNetworkBytes: (byteLength: number) => void,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for await (const chunk of chunks) {
    onNetworkBytes(chunk.length);
    yield chunk;
  }
}

/** Wrong bytes are the failure a person must hear about; otherwise the last mirror's. */
function chooseFailure(failures: readonly ModelError[]): ModelError {
  const noMirror = new ModelError('not-found', 'the model has no source; choose another model');
  return failures.find(({ code }) => code === 'hash-mismatch') ?? failures.at(-1) ?? noMirror;
}
