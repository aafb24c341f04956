import type { Transport } from '@manyhands/swarm/link';
import { STATE_INTERVAL_MS } from '../limits.ts';
import { createThroughput } from './throughput.ts';
import type { VolunteerDeps } from './volunteer.ts';
import type { StageWork, VolunteerState } from './volunteer-state.ts';

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

export interface CountedWork {
  readonly tokenCount: number;
  readonly computeMs: number;
  readonly bytesSent: number;
  /** The first work for an answer. */
  readonly isFirst: boolean;
}

/** What a volunteer shows of itself, and who looks at it. */
export interface VolunteerBoard {
  readonly state: VolunteerState;
  /** Tokens of answers that came out of this tab since it was opened; never less than before. */
  readonly tokensAnswered: number;
  /** The counts that are worth showing after the end. */
  readonly totals: Partial<VolunteerState>;
  subscribe(listener: (state: VolunteerState) => void): () => void;
  /** Changes that people wait for: published at once. */
  update(change: Partial<VolunteerState>): void;
  /** Counters change with every token; people read a few times a second. */
  count(change: Partial<VolunteerState>): void;
  countAnswered(tokenCount: number): void;
  countWork(work: CountedWork): void;
  /** Time that the device computed since the last call. */
  countBusy(busyMs: number): void;
  watchWork(listener: (work: StageWork) => void): () => void;
  tellWork(work: StageWork): void;
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
  const workListeners = new Set<(work: StageWork) => void>();
  let throughput = createThroughput();
  let tokensAnswered = 0;
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
    get tokensAnswered() {
      return tokensAnswered;
    },
    get totals() {
      const { tokensServed, bytesSent, bytesReceived } = state;
      const { answersHelped, busyMs, textsServed } = state;
      return {
        ...{ tokensServed, bytesSent, bytesReceived },
        ...(answersHelped !== undefined && { answersHelped }),
        ...(busyMs !== undefined && { busyMs }),
        ...(textsServed !== undefined && { textsServed }),
      };
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
    countWork({ tokenCount, computeMs, bytesSent, isFirst }) {
      const nowMs = performance.now();
      throughput.add(tokenCount, computeMs, nowMs);
      const tokensPerSecond = throughput.tokensPerSecond(nowMs);
      count({
        tokensServed: state.tokensServed + tokenCount,
        bytesSent: state.bytesSent + bytesSent,
        ...(isFirst && { answersHelped: (state.answersHelped ?? 0) + 1 }),
        ...(tokensPerSecond !== undefined && { tokensPerSecond }),
      });
    },
    countAnswered(tokenCount) {
      tokensAnswered += tokenCount;
    },
    countBusy(busyMs) {
      if (busyMs > 0) count({ busyMs: (state.busyMs ?? 0) + busyMs });
    },
    watchWork(listener) {
      workListeners.add(listener);
      return () => workListeners.delete(listener);
    },
    tellWork(work) {
      for (const listener of workListeners) listener(work);
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
