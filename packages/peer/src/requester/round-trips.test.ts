import { HOP_MS } from '@manyhands/planner/chain';
import { describe, expect, it } from 'vitest';
import { ROUND_TRIPS_KNOWN_MAX } from '../limits.ts';
import { createKnownRoundTrips, HANDLING_MS, type KnownRoundTrips } from './round-trips.ts';

const knownFrom = async (measured: ReadonlyMap<string, number>) => {
  const known = createKnownRoundTrips({ peerId: 'here', roundTrips: async () => measured });
  await known.refresh();
  return known;
};
/** Without what a step takes at both ends, which is the same everywhere. */
const wayOf = ({ between }: KnownRoundTrips, from: string, to: string) =>
  between(from, to) - 2 * HANDLING_MS;

describe('known round trips', () => {
  it('are measured on own links, told by others, and guessed between two that are known', async () => {
    const known = await knownFrom(
      new Map([
        ['near', 4],
        ['far', 80],
      ]),
    );
    expect(wayOf(known, 'here', 'near')).toBe(4);
    expect(wayOf(known, 'far', 'here')).toBe(80);
    expect(wayOf(known, 'near', 'far')).toBe(42);
    known.told('near', 'far', 90);
    expect(wayOf(known, 'near', 'far')).toBe(90);
    expect(wayOf(known, 'far', 'near')).toBe(90);
    // What this tab measured itself nobody has to tell.
    known.told('near', 'here', 1);
    expect(wayOf(known, 'near', 'here')).toBe(4);
  });

  it('are elsewhere the median of the own ones, the published middle being one of them', async () => {
    const between = async (...ms: readonly number[]) =>
      wayOf(
        await knownFrom(new Map(ms.map((each, index) => [`peer ${index}`, each]))),
        'here',
        'nobody',
      );
    expect(await between()).toBe(2 * HOP_MS);
    expect(await between(4)).toBe((4 + 2 * HOP_MS) / 2);
    expect(await between(4, 6)).toBe(6);
    expect(await between(4, 6, 200)).toBe((6 + 2 * HOP_MS) / 2);
  });

  it('outlive the links they were measured on, and only so many are kept', async () => {
    let measured = new Map([['first', 4]]);
    const known = createKnownRoundTrips({ peerId: 'here', roundTrips: async () => measured });
    await known.refresh();
    measured = new Map([['here', 0]]);
    await known.refresh();
    expect(wayOf(known, 'here', 'first')).toBe(4);
    for (let index = 0; index < ROUND_TRIPS_KNOWN_MAX; index += 1) {
      measured = new Map([[`peer ${index}`, 8]]);
      await known.refresh();
    }
    expect(wayOf(known, 'here', 'first')).toBe(8);
  });
});
