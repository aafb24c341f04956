import { expect, test } from 'vitest';
import { REST_MS_MAX } from '../limits.ts';
import { createPacer, type PacerClock } from './pacer.ts';

/** A clock on which only sleeping and working take time. */
function createClock() {
  let time = 0;
  const slept: number[] = [];
  const clock: PacerClock = {
    now: () => time,
    async sleep(ms) {
      slept.push(ms);
      time += ms;
    },
  };
  const work = (ms: number) => async () => {
    time += ms;
    return ms;
  };
  return { clock, slept, work };
}

const never = new AbortController().signal;

test('at a quarter, work of 10 ms is followed by 30 ms of rest before the next', async () => {
  const { clock, slept, work } = createClock();
  const pacer = createPacer(0.25, clock, never);
  await pacer.run(work(10));
  expect(slept).toEqual([]);
  await pacer.run(work(20));
  await pacer.run(work(1));
  expect(slept).toEqual([30, 60]);
});

test('a full share never rests, and switching to it ends the rest', async () => {
  const { clock, slept, work } = createClock();
  const pacer = createPacer(0.1, clock, never);
  await pacer.run(work(10));
  pacer.setShare(1);
  await pacer.run(work(10));
  await pacer.run(work(10));
  expect(slept).toEqual([]);
});

test('the rest is bounded, and left after failed work too', async () => {
  const { clock, slept, work } = createClock();
  const pacer = createPacer(0.05, clock, never);
  const failing = async () => {
    await work(1_000_000)();
    throw new RangeError('failed');
  };
  await expect(pacer.run(failing)).rejects.toThrow('failed');
  await pacer.run(work(1));
  expect(slept).toEqual([REST_MS_MAX]);
});

test.each([0, 0.049, 1.1, Number.NaN])('a share of %d is refused', (share) => {
  const { clock } = createClock();
  expect(() => createPacer(share, clock, never)).toThrow(/GPU share/);
  expect(() => createPacer(1, clock, never).setShare(share)).toThrow(/GPU share/);
});
