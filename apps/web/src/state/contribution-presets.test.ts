import { afterEach, describe, expect, it, vi } from 'vitest';
import { createMemoryStorage } from '../testing/memory-storage.ts';
import { createSiteDouble } from '../testing/site-double.ts';
import { choosePreset, limitsOf, PRESETS } from './contribution-presets.ts';
import { defaultContributionSettings, MEMORY_STEPS } from './contribution-settings.ts';
import { DEFAULT_SCHEDULE } from './guest-rules.ts';
import { listPresetFigures } from './preset-view.ts';

afterEach(() => {
  vi.useRealTimers();
});

describe('presets', () => {
  it.each([undefined, 0.5, 2, 8])('are balanced at first, with %s GB of memory', (gb) => {
    expect(choosePreset(defaultContributionSettings(gb), gb)).toBe('balanced');
    for (const preset of PRESETS) expect(MEMORY_STEPS).toContain(limitsOf(preset, gb).memoryBytes);
  });

  it('say in figures what they mean', () => {
    expect(listPresetFigures(limitsOf('gentle', 8))).toEqual([
      '20% of the time',
      '384 MB of memory',
      '1 GB a day',
      'only while you see it',
      'not on battery',
    ]);
    expect(listPresetFigures(limitsOf('all-in', 8))).toEqual([
      '100% of the time',
      '4 GB of memory',
      'data without limit',
      'in the background too',
      'on battery too',
    ]);
  });

  it('apply at once, are remembered, and become one’s own with the first limit that is moved', async () => {
    // Outside of the schedule's hours, whenever this runs.
    vi.useFakeTimers({ toFake: ['Date'], now: new Date(2026, 0, 7, 12) });
    const storage = createMemoryStorage();
    const { site, peer } = await createSiteDouble({ storage });
    const { contribution } = site;
    contribution.change({ modelId: 'pip' });
    contribution.changeRules({ schedule: DEFAULT_SCHEDULE, servesMetered: true });
    expect(contribution.preset.value).toBe('balanced');
    await contribution.start();
    contribution.applyPreset('gentle');
    expect(peer.shares).toEqual([0.2]);
    expect(peer.pauses.at(-1)).toMatchObject({ reasons: ['schedule'] });

    const again = (await createSiteDouble({ storage })).site.contribution;
    expect(again.preset.value).toBe('gentle');
    expect(again.settings.value).toMatchObject({
      modelId: 'pip',
      rules: { schedule: DEFAULT_SCHEDULE, servesMetered: true, servesHidden: false },
    });
    again.change({ gpuShare: 0.25 });
    expect(again.preset.value).toBe('custom');
  });
});
