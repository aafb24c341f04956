import { type ErrorReport, reportError } from '@manyhands/peer/error-report';
import { type ReadonlySignal, signal } from '@preact/signals';
import * as v from 'valibot';
import {
  HISTORY_CHARS_MAX,
  HISTORY_COUNT_MAX,
  HISTORY_REFRESH_MS,
  HISTORY_SAMPLES_MAX,
  HISTORY_TIMEOUT_MS,
} from './limits.ts';

const Count = v.pipe(v.number(), v.finite(), v.minValue(0), v.maxValue(HISTORY_COUNT_MAX));
const Sample = v.strictObject({
  /** Seconds since 1970 at the relay, at the end of the sampled time. */
  at: v.pipe(v.number(), v.finite(), v.minValue(0), v.maxValue(HISTORY_COUNT_MAX)),
  volunteers: Count,
  identities: Count,
  /** As the volunteers say: nothing proves it. */
  tokens: Count,
});
export type HistorySample = v.InferOutput<typeof Sample>;

const History = v.strictObject({
  everyS: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(86_400)),
  samples: v.pipe(v.array(Sample), v.maxLength(HISTORY_SAMPLES_MAX)),
});
export type History = v.InferOutput<typeof History>;

/** `none`: this relay keeps no history. */
export type HistoryState =
  | { readonly kind: 'reading' }
  | { readonly kind: 'none' }
  | { readonly kind: 'failed'; readonly error: ErrorReport }
  | { readonly kind: 'read'; readonly history: History };

export type ReadHistory = (signal: AbortSignal) => Promise<History | undefined>;

/** Asks a relay for what it counted; nothing where it keeps no history. Rejects for anything else. */
export async function readHistory(
  request: typeof fetch,
  origin: string,
  signal: AbortSignal,
): Promise<History | undefined> {
  const deadline = AbortSignal.timeout(HISTORY_TIMEOUT_MS);
  const response = await request(new URL('/api/history', origin), {
    signal: AbortSignal.any([signal, deadline]),
  });
  if (response.status === 404) return undefined;
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  // A host of files that answers everything with its front page knows no history either.
  if (response.ok && !isJson) return undefined;
  if (!response.ok) throw new Error(`The relay answers ${response.status}.`);
  const text = await response.text();
  if (text.length > HISTORY_CHARS_MAX) throw new Error('The history is larger than any may be.');
  return parseHistory(JSON.parse(text));
}

/** Throws where it is not what was agreed on, oldest first. */
function parseHistory(value: unknown): History {
  const history = v.parse(History, value);
  const isInOrder = history.samples.every(
    ({ at }, index) => index === 0 || at >= (history.samples[index - 1]?.at ?? 0),
  );
  if (!isInOrder) throw new Error('The samples of the history are out of order.');
  return history;
}

/** What the relay counted over a day; asked for only while somebody looks. */
export interface NetworkHistory {
  readonly state: ReadonlySignal<HistoryState>;
  /** Reads now and at every interval, until the returned function is called. */
  watch(): () => void;
  /** Reads now; for a person who tries again. */
  retry(): Promise<void>;
}

export function createNetworkHistory(read: ReadHistory): NetworkHistory {
  const state = signal<HistoryState>({ kind: 'reading' });
  let abort = new AbortController();

  async function look(): Promise<void> {
    const { signal: ended } = abort;
    try {
      const history = await read(ended);
      if (ended.aborted) return;
      state.value = history === undefined ? { kind: 'none' } : { kind: 'read', history };
    } catch (cause) {
      if (!ended.aborted) state.value = { kind: 'failed', error: reportError(cause) };
    }
  }

  return {
    state,
    retry: look,
    watch() {
      abort = new AbortController();
      void look();
      const timer = setInterval(() => void look(), HISTORY_REFRESH_MS);
      const mine = abort;
      return () => {
        clearInterval(timer);
        mine.abort();
      };
    },
  };
}
