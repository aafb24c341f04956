import { createRequesterPeer, type RequesterPeer } from '@manyhands/peer/create-requester-peer';
import { DEFAULT_PATHS } from '@manyhands/peer/join-swarm';
import type { ManyhandsOptions } from '../types/manyhands.d.ts';
import { ManyhandsError } from './error.ts';
import { createPageCoders, createPageTicker, openSocketHost } from './page-threads.ts';

/** What requests are made with; all of them end with the connection. */
type ConnectedPeer = Pick<RequesterPeer, 'requester' | 'embedder'>;

/** The tab's place in the swarm, taken at the first request. */
export interface Connection {
  /** Rejects with `SwarmError` where this browser cannot take part, or with `closed`. */
  peer(): Promise<ConnectedPeer>;
  /** Ends what runs; nothing is connected again. */
  close(): void;
}

export function createConnection(
  options: ManyhandsOptions,
  join: (options: ManyhandsOptions) => Promise<RequesterPeer> = joinRelay,
): Connection {
  let joining: Promise<RequesterPeer> | undefined;
  const ending = new AbortController();
  return {
    async peer() {
      if (ending.signal.aborted) throw closed();
      joining ??= join(options);
      const current = joining;
      try {
        const peer = await current;
        if (!ending.signal.aborted) return endWith(ending.signal, peer);
      } catch (error) {
        // The next request tries anew.
        if (joining === current) joining = undefined;
        throw error;
      }
      throw closed();
    },
    close() {
      // Without a link an answer would wait for others to come back.
      ending.abort();
      joining?.then(
        (peer) => peer.dispose(),
        // Nothing was opened.
        () => undefined,
      );
    },
  };
}

function joinRelay(options: ManyhandsOptions): Promise<RequesterPeer> {
  const { relay, relays, identity = 'profile', hideAddress = false } = options;
  return createRequesterPeer(
    {
      origin: relay,
      ...(relays && { relays }),
      identity,
      paths: { ...DEFAULT_PATHS, isRelayOnly: hideAddress },
    },
    { openHost: openSocketHost, ticker: createPageTicker(), coders: createPageCoders() },
  );
}

function endWith(end: AbortSignal, { requester, embedder }: RequesterPeer): ConnectedPeer {
  const both = (signal: AbortSignal | undefined): AbortSignal =>
    signal === undefined ? end : AbortSignal.any([signal, end]);
  return {
    requester: { answer: (request, signal) => requester.answer(request, both(signal)) },
    embedder: {
      embed: (texts, options) =>
        embedder.embed(texts, { ...options, signal: both(options.signal) }),
    },
  };
}

function closed(): ManyhandsError {
  return new ManyhandsError('closed', 'close() was called: make another Manyhands.');
}
