import type { PeerMessage } from '@manyhands/protocol/peer-message';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PING_GAP_MS, PING_TIMEOUT_MS, PINGS_AT_ONCE, PINGS_FIRST, PINGS_KEPT } from './limits.ts';
import { createRoundTripMeter } from './round-trip-meter.ts';

/** A meter whose pings are answered when the test says so. */
function createEnd() {
  const sent: PeerMessage[] = [];
  let nowMs = 1_000;
  const meter = createRoundTripMeter(
    (message) => sent.push(message),
    () => nowMs,
  );
  return {
    meter,
    sent,
    wait(ms: number) {
      nowMs += ms;
    },
    answerAfter(ms: number) {
      nowMs += ms;
      const last = sent.at(-1);
      if (last?.type === 'ping') meter.take({ type: 'pong', id: last.id });
    },
  };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('round trip of a link', () => {
  it('is asked a few times at first, and is the least of the answers', () => {
    const { meter, sent, wait, answerAfter } = createEnd();
    expect(meter.ms).toBeUndefined();
    meter.ask();
    answerAfter(40);
    expect(meter.ms).toBe(40);
    for (let count = 2; count <= PINGS_FIRST; count += 1) {
      if (count > PINGS_AT_ONCE) {
        expect(sent).toHaveLength(count - 1);
        wait(PING_GAP_MS);
        vi.advanceTimersByTime(PING_GAP_MS);
      }
      expect(sent).toHaveLength(count);
      answerAfter(50 - count);
    }
    vi.advanceTimersByTime(10 * PING_GAP_MS);
    expect(sent).toHaveLength(PINGS_FIRST);
    expect(meter.ms).toBe(40);
    expect(PINGS_FIRST).toBeLessThanOrEqual(PINGS_KEPT);
  });

  it('is asked again where the last answer is old, once at a time', () => {
    const { meter, sent, wait, answerAfter } = createEnd();
    meter.ask();
    for (let count = 0; count < PINGS_AT_ONCE; count += 1) answerAfter(10);
    meter.ask();
    expect(sent).toHaveLength(PINGS_AT_ONCE);
    wait(PING_GAP_MS);
    meter.ask();
    meter.ask();
    expect(sent).toHaveLength(PINGS_AT_ONCE + 1);
    // It went with a page that was frozen.
    wait(PING_TIMEOUT_MS);
    meter.ask();
    expect(sent).toHaveLength(PINGS_AT_ONCE + 2);
    for (let count = 0; count < PINGS_KEPT; count += 1) {
      answerAfter(90);
      wait(PING_GAP_MS);
      meter.ask();
    }
    expect(meter.ms).toBe(90);
  });

  it('is asked no more when the link is closed', () => {
    const { meter, sent, wait, answerAfter } = createEnd();
    meter.ask();
    for (let count = 0; count < PINGS_AT_ONCE; count += 1) answerAfter(10);
    meter.dispose();
    wait(PING_GAP_MS);
    vi.advanceTimersByTime(PING_GAP_MS);
    expect(sent).toHaveLength(PINGS_AT_ONCE);
  });

  it('answers the other end, and takes no answer that it did not ask for', () => {
    const { meter, sent } = createEnd();
    meter.take({ type: 'ping', id: 7 });
    expect(sent).toEqual([{ type: 'pong', id: 7 }]);
    meter.take({ type: 'pong', id: 0 });
    meter.take({ type: 'pong', id: 1 });
    expect(meter.ms).toBeUndefined();
    meter.ask();
    meter.take({ type: 'pong', id: 2 });
    expect(meter.ms).toBeUndefined();
  });
});
