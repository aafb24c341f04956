import { describe, expect, it } from 'vitest';
import { createMemoryTrack } from './memory-track.ts';
import { describeSoak, isSound, type SoakReport } from './soak-report.ts';

const SOUND: SoakReport = {
  version: 1,
  minutes: 30,
  users: 4,
  answers: 900,
  tokens: 57_600,
  repairs: 40,
  joins: 200,
  leaves: 200,
  lost: [],
  problems: [],
  stuckSessions: 0,
  memory: [
    {
      name: 'relay (resident)',
      firstBytes: 80_000_000,
      lastBytes: 90_000_000,
      megabytesPerMinute: 0.2,
      samples: [],
    },
  ],
};

describe('a soak report', () => {
  it('is sound only where nothing was lost, sticks or grows', () => {
    expect(isSound(SOUND)).toBe(true);
    expect(isSound({ ...SOUND, lost: ['answer 3 of user 1'] })).toBe(false);
    expect(isSound({ ...SOUND, problems: ['turn 3'] })).toBe(false);
    expect(isSound({ ...SOUND, stuckSessions: 1 })).toBe(false);
    const memory = SOUND.memory.map((each) => ({ ...each, megabytesPerMinute: 0.5 }));
    expect(isSound({ ...SOUND, memory })).toBe(false);
  });

  it('names each loss and each slope', () => {
    const text = describeSoak({ ...SOUND, lost: ['answer 3 of user 1: no'] });
    expect(text).toContain('lost answers: 1');
    expect(text).toContain('answer 3 of user 1: no');
    expect(text).toMatch(/relay \(resident\) +80\.0 +90\.0 +0\.200/);
  });
});

describe('a memory track', () => {
  it('needs several samples for a slope', async () => {
    const track = createMemoryTrack('one', async () => 1);
    await track.take();
    expect(track.slope()).toBeUndefined();
    for (let i = 0; i < 6; i++) await track.take();
    expect(track.slope()).toBe(0);
  });
});
