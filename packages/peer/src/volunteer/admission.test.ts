import { SESSIONS_MAX } from '@manyhands/protocol/limits';
import { describe, expect, test } from 'vitest';
import { IDENTITY_SESSIONS_MAX, STEP_MS_WELL_MAX, TURN_GRACE_MS } from '../limits.ts';
import { createAdmission, type Place } from './admission.ts';

/** Sessions of different people; the first ends after a second, the next after two. */
const full = (count = SESSIONS_MAX): Place[] =>
  Array.from({ length: count }, (_, index) => ({
    identity: `${index}`,
    leftMs: 1_000 * (index + 1),
  }));

const asked = (sessionId: string, identity = sessionId) => ({ sessionId, identity });

describe('admission', () => {
  test('tells each who waits when it will be its turn', () => {
    const admission = createAdmission();
    expect(admission.ask(asked('a'), full(), 0)).toBe(1_000);
    expect(admission.ask(asked('b'), full(), 0)).toBe(2_000);
    expect(admission.ask(asked('a'), full(), 500)).toBe(1_000);
  });

  test('keeps a turn for whoever was there first, and not for ever', () => {
    const admission = createAdmission();
    expect(admission.ask(asked('a'), full(), 0)).toBe(1_000);
    expect(admission.ask(asked('late'), full(SESSIONS_MAX - 1), 900)).toBe(1_000);
    expect(admission.ask(asked('a'), full(SESSIONS_MAX - 1), 1_000)).toBeUndefined();
    expect(admission.ask(asked('late'), full(SESSIONS_MAX - 1), 1_100)).toBeUndefined();
    expect(admission.ask(asked('b'), full(), 2_000)).toBe(1_000);
    const later = 3_001 + TURN_GRACE_MS;
    expect(admission.ask(asked('c'), full(SESSIONS_MAX - 1), later)).toBeUndefined();
  });

  test('leaves half of a stage to others than one identity', () => {
    const mine = Array.from({ length: IDENTITY_SESSIONS_MAX }, () => ({
      identity: 'me',
      leftMs: 700,
    }));
    expect(createAdmission().ask(asked('x', 'me'), mine, 0)).toBe(700);
    expect(createAdmission().ask(asked('x', 'you'), mine, 0)).toBeUndefined();
  });

  test('takes no more where tokens are slow already', () => {
    const slow = [{ identity: 'a', leftMs: 9_000, stepMs: 0.7 * STEP_MS_WELL_MAX }];
    expect(createAdmission().ask(asked('x'), slow, 0)).toBe(9_000);
    expect(createAdmission().ask(asked('x'), [], 0)).toBeUndefined();
  });
});
