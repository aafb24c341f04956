import type { Transport } from '@manyhands/swarm/link';
import { STATE_INTERVAL_MS } from '../limits.ts';
import { createThroughput } from './throughput.ts';
import type { VolunteerDeps } from './volunteer.ts';
import type { VolunteerState } from './volunteer-state.ts';

const IDLE: VolunteerState = {
  phase: 'idle',
  weightBytes: 0,
  kvBytes: 0,
  sessionCount: 0,
  linkCount: 0,
  tokensServed: 0,
  bytesSent: 0,
  bytesReceived: 0,
  recoveries: 0,
  isRelayConnected: false,
};

/** What a volunteer shows of itself, and who looks at it. */
export interface VolunteerBoard {
  readonly state: VolunteerState;
  subscribe(listener: (state: VolunteerState) => void): () => void;
  /** Changes that people wait for: published at once. */
  update(change: Partial<VolunteerState>): void;
  /** Counters change with every token; people read a few times a second. */
  count(change: Partial<VolunteerState>): void;
  countWork(tokenCount: number, computeMs: number, bytesSent: number): void;
  countReceived(bytes: number): void;
  /** Forgets everything but what `kept` says. */
  reset(kept: Partial<VolunteerState>): void;
}

export function createVolunteerBoard({
  relay,
  transport,
}: Pick<VolunteerDeps, 'relay' | 'transport'>): VolunteerBoard {
  const isConnected = (): boolean => relay.state === 'open';
  const listeners = new Set<(state: VolunteerState) => void>();
  let throughput = createThroughput();
  let state: VolunteerState = { ...IDLE, isRelayConnected: isConnected() };
  let publishTimer: ReturnType<typeof setTimeout> | undefined;

  const publish = (): void => {
    clearTimeout(publishTimer);
    publishTimer = undefined;
    for (const listener of listeners) listener(state);
  };
  const count = (change: Partial<VolunteerState>): void => {
    state = { ...state, ...change };
    publishTimer ??= setTimeout(publish, STATE_INTERVAL_MS);
  };
  const onConnection = (): void => {
    const linkCount = transport.links.size;
    if (state.linkCount !== linkCount || state.isRelayConnected !== isConnected()) {
      count({ linkCount, isRelayConnected: isConnected() });
    }
  };
  relay.subscribe(onConnection);
  watchLinks(transport, onConnection);

  return {
    get state() {
      return state;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    update(change) {
      state = { ...state, ...change };
      publish();
    },
    count,
    countWork(tokenCount, computeMs, bytesSent) {
      const nowMs = performance.now();
      throughput.add(tokenCount, computeMs, nowMs);
      const tokensPerSecond = throughput.tokensPerSecond(nowMs);
      count({
        tokensServed: state.tokensServed + tokenCount,
        bytesSent: state.bytesSent + bytesSent,
        ...(tokensPerSecond !== undefined && { tokensPerSecond }),
      });
    },
    countReceived(bytes) {
      count({ bytesReceived: state.bytesReceived + bytes });
    },
    reset(kept) {
      throughput = createThroughput();
      state = { ...IDLE, isRelayConnected: isConnected(), ...kept };
      publish();
    },
  };
}

function watchLinks(transport: Transport, onChange: () => void): void {
  transport.onLink((link) => {
    onChange();
    // The transport forgets a link after its handlers ran.
    link.listen({
      onMessage: () => undefined,
      onFrame: () => undefined,
      onClose: () => setTimeout(onChange, 0),
    });
  });
}
