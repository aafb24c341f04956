import { describe, expect, it } from 'vitest';
import { createPathRecovery } from './path-recovery.ts';

/** Time that passes when told; what happened is written down with its time. */
function create() {
  const timers = new Map<object, { readonly atMs: number; readonly callback: () => void }>();
  const log: string[] = [];
  let nowMs = 0;
  const recovery = createPathRecovery({
    restart: () => log.push(`restart ${nowMs}`),
    giveUp: () => log.push(`give up ${nowMs}`),
    nowMs: () => nowMs,
    setTimer(callback, delayMs) {
      const key = {};
      timers.set(key, { atMs: nowMs + delayMs, callback });
      return () => timers.delete(key);
    },
  });
  const advance = (ms: number) => {
    const endMs = nowMs + ms;
    for (;;) {
      const due = [...timers].filter(([, { atMs }]) => atMs <= endMs);
      const [next] = due.sort(([, a], [, b]) => a.atMs - b.atMs);
      if (next === undefined) break;
      timers.delete(next[0]);
      nowMs = next[1].atMs;
      next[1].callback();
    }
    nowMs = endMs;
  };
  return { recovery, log, advance };
}

describe('a path that broke off', () => {
  it('is looked for five times, then given up', () => {
    const { recovery, log, advance } = create();
    recovery.path(false);
    recovery.path(false);
    advance(60_000);
    const restarts = [500, 3_500, 6_500, 9_500, 12_500].map((atMs) => `restart ${atMs}`);
    expect(log).toEqual([...restarts, 'give up 15500']);
  });

  it('that comes back by itself is left alone, and the next time counts anew', () => {
    const { recovery, log, advance } = create();
    recovery.path(false);
    advance(499);
    recovery.path(true);
    advance(60_000);
    expect(log).toEqual([]);
    recovery.path(false);
    advance(12_600);
    expect(log).toHaveLength(5);
    recovery.path(true);
    recovery.path(false);
    advance(14_000);
    expect(log).not.toContainEqual(expect.stringContaining('give up'));
  });

  it('is looked for when the other side asks, not more often than once in a while', () => {
    const { recovery, log, advance } = create();
    for (let index = 0; index < 70; index++) {
      recovery.asked();
      advance(100);
    }
    expect(log).toEqual(['restart 0', 'restart 3000', 'restart 6000']);
  });

  it('that both sides saw break off makes one offer at a time', () => {
    const { recovery, log, advance } = create();
    recovery.path(false);
    advance(400);
    recovery.asked();
    advance(200);
    expect(log).toEqual(['restart 400']);
  });

  it('is no concern of a link that closed', () => {
    const { recovery, log, advance } = create();
    recovery.path(false);
    recovery.dispose();
    recovery.asked();
    recovery.path(true);
    recovery.path(false);
    advance(60_000);
    expect(log).toEqual([]);
  });
});
