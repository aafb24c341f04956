import { expect, test } from 'vitest';
import { createKnownRoundTrips } from './round-trips.ts';

test('own links are as measured, others are estimated, and the rest is unknown', async () => {
  const measured = new Map([
    ['near', 4],
    ['far', 80],
  ]);
  const known = createKnownRoundTrips({ peerId: 'here', roundTrips: async () => measured });
  expect(known.between('here', 'near')).toBeUndefined();
  await known.refresh();
  expect(known.between('here', 'near')).toBe(4);
  expect(known.between('far', 'here')).toBe(80);
  expect(known.between('near', 'far')).toBe(42);
  expect(known.between('near', 'nobody')).toBeUndefined();
});
