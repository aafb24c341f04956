import type { PeerMessage } from '@manyhands/protocol/peer-message';
import { describe, expect, it } from 'vitest';
import { PING_GAP_MS, PING_TIMEOUT_MS, PINGS_FIRST } from './limits.ts';
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

describe('round trip of a link', () => {
  it('is asked a few times at first, and is the least of the answers', () => {
    const { meter, sent, answerAfter } = createEnd();
    expect(meter.ms).toBeUndefined();
    meter.ask();
    answerAfter(40);
    expect(meter.ms).toBe(40);
    answerAfter(4);
    answerAfter(6);
    expect(sent).toHaveLength(PINGS_FIRST);
    expect(meter.ms).toBe(4);
  });

  it('is asked again where the last answer is old, once at a time', () => {
    const { meter, sent, wait, answerAfter } = createEnd();
    meter.ask();
    for (let count = 0; count < PINGS_FIRST; count += 1) answerAfter(10);
    meter.ask();
    expect(sent).toHaveLength(PINGS_FIRST);
    wait(PING_GAP_MS);
    meter.ask();
    meter.ask();
    expect(sent).toHaveLength(PINGS_FIRST + 1);
    // It went with a page that was frozen.
    wait(PING_TIMEOUT_MS);
    meter.ask();
    expect(sent).toHaveLength(PINGS_FIRST + 2);
    for (let count = 0; count < 5; count += 1) {
      answerAfter(90);
      wait(PING_GAP_MS);
      meter.ask();
    }
    expect(meter.ms).toBe(90);
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
