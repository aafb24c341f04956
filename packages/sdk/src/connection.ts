import { createRequesterPeer, type RequesterPeer } from '@manyhands/peer/create-requester-peer';
import { DEFAULT_PATHS } from '@manyhands/peer/join-swarm';
import type { ManyhandsOptions } from '../types/manyhands.d.ts';
import { ManyhandsError } from './error.ts';
import { createPageTicker, openSocketHost } from './page-threads.ts';

/** The tab's place in the swarm, taken at the first request. */
export interface Connection {
  /** Rejects with `SwarmError` where this browser cannot take part, or with `closed`. */
  peer(): Promise<RequesterPeer>;
  /** Ends what runs; nothing is connected again. */
  close(): void;
}

export function createConnection(options: ManyhandsOptions): Connection {
  const { relay, relays, identity = 'profile', hideAddress = false } = options;
  let joining: Promise<RequesterPeer> | undefined;
  let isClosed = false;
  const join = () =>
    createRequesterPeer(
      {
        origin: relay,
        ...(relays && { relays }),
        identity,
        paths: { ...DEFAULT_PATHS, isRelayOnly: hideAddress },
      },
      { openHost: openSocketHost, ticker: createPageTicker() },
    );
  return {
    async peer() {
      if (isClosed) throw closed();
      joining ??= join();
      const current = joining;
      try {
        const peer = await current;
        if (!isClosed) return peer;
      } catch (error) {
        // The next request tries anew.
        if (joining === current) joining = undefined;
        throw error;
      }
      throw closed();
    },
    close() {
      isClosed = true;
      joining?.then(
        (peer) => peer.dispose(),
        // Nothing was opened.
        () => undefined,
      );
    },
  };
}

function closed(): ManyhandsError {
  return new ManyhandsError('closed', 'close() was called: make another Manyhands.');
}
