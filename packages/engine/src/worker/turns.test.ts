import { expect, test } from 'vitest';
import { createDeferred } from './deferred.ts';
import { createPacer, type PacerClock } from './pacer.ts';
import { createTurns } from './turns.ts';

/** Time passes only by sleeping; `onSleep` may do something meanwhile. */
function createClock(onSleep: () => void = () => undefined) {
  let time = 0;
  const clock: PacerClock = {
    now: () => time,
    async sleep(ms) {
      time += ms;
      onSleep();
    },
  };
  return clock;
}

function setUp(onSleep?: () => void) {
  const unloading = new AbortController();
  const clock = createClock(onSleep);
  const pacer = createPacer(1, clock, unloading.signal);
  return { unloading, clock, turns: createTurns(pacer, clock, unloading.signal, 100) };
}

test('work that can wait runs a pause after the first pass', async () => {
  const { clock, turns } = setUp();
  const order: string[] = [];
  const idle = turns.whenIdle(async () => order.push(`idle at ${clock.now()}`));
  await turns.pass(async () => order.push('pass'));
  await idle;
  expect(order).toEqual(['pass', 'idle at 100']);
});

test('it waits while a pass runs, and another pause after it', async () => {
  const held = createDeferred<void>();
  let sleeps = 0;
  const { clock, turns } = setUp(() => {
    sleeps += 1;
    if (sleeps === 3) held.resolve();
  });
  await turns.pass(async () => undefined);
  const long = turns.pass(() => held.promise);
  const idleAt = await turns.whenIdle(async () => clock.now());
  await long;
  expect(idleAt).toBeGreaterThanOrEqual(400);
});

test('a pass that comes meanwhile runs after it, and both keep to the share', async () => {
  const { turns } = setUp();
  const order: string[] = [];
  await turns.pass(async () => undefined);
  const gate = createDeferred<void>();
  const running = createDeferred<void>();
  const idle = turns.whenIdle(async () => {
    running.resolve();
    await gate.promise;
    order.push('idle');
  });
  await running.promise;
  const pass = turns.pass(async () => order.push('pass'));
  gate.resolve();
  await Promise.all([idle, pass]);
  expect(order).toEqual(['idle', 'pass']);
});

test('a pass that fails is a pass, and the next one runs', async () => {
  const { turns } = setUp();
  await expect(turns.pass(() => Promise.reject(new Error('lost')))).rejects.toThrow('lost');
  expect(await turns.pass(async () => 1)).toBe(1);
  expect(await turns.whenIdle(async () => 2)).toBe(2);
});

test('unloading ends the wait, before the first pass and in a pause', async () => {
  const before = setUp();
  const never = before.turns.whenIdle(async () => 1);
  before.unloading.abort();
  await expect(never).rejects.toMatchObject({ code: 'disposed' });

  const after = setUp(() => after.unloading.abort());
  await after.turns.pass(async () => undefined);
  await expect(after.turns.whenIdle(async () => 1)).rejects.toMatchObject({ code: 'disposed' });
});
