import { RELAY_BUFFERED_BYTES_MAX, RELAY_BUFFERED_BYTES_SLOW } from '@manyhands/protocol/limits';
import type { FromRelay } from '@manyhands/protocol/relay-message';
import { describe, expect, it, vi } from 'vitest';
import { createConnection } from './connection.ts';
import { createInbox } from './inbox.ts';
import type { RelaySocket } from './socket-server.ts';
import { createTokenBucket } from './token-bucket.ts';

function createFakeSocket() {
  const sent: FromRelay[] = [];
  const state = { bufferedBytes: 0, closedFor: '' };
  const socket: RelaySocket = {
    get bufferedBytes() {
      return state.bufferedBytes;
    },
    send: (data) => sent.push(JSON.parse(String(data))),
    ping() {},
    close(reason) {
      state.closedFor = reason;
    },
    terminate() {},
    listen() {},
  };
  return { socket, state, sent };
}

function connectionOver(socket: RelaySocket) {
  const onEnd = vi.fn();
  const connection = createConnection(
    socket,
    {
      origin: '',
      mayServe: true,
      addressKey: 'a',
      embedKey: undefined,
      relayId: 'r',
      now: () => 0,
      tap: undefined,
    },
    {
      onProven() {},
      onMessage: async () => {},
      onRecord() {},
      onEnd,
      onRefused() {},
      onFault(error) {
        throw error;
      },
    },
  );
  return { connection, onEnd };
}

describe('a slow reader', () => {
  it('is called slow above 256 KiB and closed above 1 MiB', () => {
    const { socket, state, sent } = createFakeSocket();
    const { connection, onEnd } = connectionOver(socket);
    const message: FromRelay = { type: 'network', peers: 1, models: [], events: [] };
    connection.send(message);
    expect(connection.isSlow).toBe(false);
    state.bufferedBytes = RELAY_BUFFERED_BYTES_SLOW + 1;
    expect(connection.isSlow).toBe(true);
    connection.send(message);
    expect(sent).toHaveLength(2);
    state.bufferedBytes = RELAY_BUFFERED_BYTES_MAX + 1;
    connection.send(message);
    expect(sent.at(-1)).toMatchObject({ type: 'refused', code: 'too-slow', fatal: true });
    expect(state.closedFor).toBe('refused');
    expect(onEnd).toHaveBeenCalledOnce();
    connection.send(message);
    expect(sent).toHaveLength(3);
  });
});

describe('createTokenBucket', () => {
  it('allows a burst, then the rate, and never saves up more than the burst', () => {
    const bucket = createTokenBucket({ perSecond: 20, burst: 3 });
    const taken = (nowMs: number, tries: number) =>
      Array.from({ length: tries }, () => bucket.take(nowMs)).filter(Boolean).length;
    expect(taken(0, 5)).toBe(3);
    expect(taken(49, 5)).toBe(0);
    expect(taken(100, 5)).toBe(2);
    expect(taken(1_000_000, 9)).toBe(3);
    // A clock that steps back gives nothing away.
    expect(taken(0, 5)).toBe(0);
  });
});

describe('createInbox', () => {
  it('handles one message at a time, in order', async () => {
    const log: string[] = [];
    const inbox = createInbox({
      now: () => 0,
      async handle(text) {
        log.push(`${text} begins`);
        await Promise.resolve();
        log.push(`${text} ends`);
      },
    });
    inbox.push('a');
    inbox.push('b');
    await vi.waitFor(() => expect(log).toHaveLength(4));
    expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
  });

  it('holds a bounded number of bytes', () => {
    const inbox = createInbox({ now: () => 0, handle: () => new Promise(() => {}) });
    let taken = 0;
    while (inbox.push('x'.repeat(60_000))) taken += 1;
    expect(taken).toBe(18);
  });
});
