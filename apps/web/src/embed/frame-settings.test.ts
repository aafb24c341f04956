import { describe, expect, it } from 'vitest';
import { createMemoryStorage } from '../testing/memory-storage.ts';
import { listConsentPoints } from './consent-text.ts';
import { nameOfSite } from './embed.ts';
import { createFrameSettings, FRAME_SETTINGS } from './frame-settings.ts';

describe('the limits of a frame', () => {
  it('are tighter than those of the site until the visitor changes them', () => {
    const storage = createMemoryStorage();
    const settings = createFrameSettings(storage).read();
    expect(settings.gpuShare).toBeLessThanOrEqual(0.3);
    expect(settings.memoryBytes).toBeLessThanOrEqual(300_000_000);
    const { servesHidden, servesOnBattery, servesMetered } = settings.rules;
    expect([servesHidden, servesOnBattery, servesMetered]).toEqual([false, false, false]);
    createFrameSettings(storage).write({ ...settings, gpuShare: 0.5, modelId: 'pip-7m' });
    // A model is the page's wish of the day.
    expect(createFrameSettings(storage).read()).toEqual({ ...settings, gpuShare: 0.5 });
    expect(createFrameSettings(undefined).read()).toEqual(FRAME_SETTINGS);
  });

  it('are the usual ones where the storage was damaged', () => {
    const storage = createMemoryStorage();
    storage.setItem('manyhands.embed-limits', '{"gpuShare":3}');
    expect(createFrameSettings(storage).read()).toEqual(FRAME_SETTINGS);
  });

  it('are what the consent says', () => {
    const textOf = (settings: typeof FRAME_SETTINGS) =>
      listConsentPoints(settings, 'partitioned')
        .map(({ text }) => text)
        .join(' ');
    expect(textOf(FRAME_SETTINGS)).toContain('30% of the time');
    expect(textOf(FRAME_SETTINGS)).toContain('up to 300 MB');
    expect(textOf(FRAME_SETTINGS)).toContain('out of view, on battery and on a metered connection');
    const rules = { ...FRAME_SETTINGS.rules, servesOnBattery: true, dataBytesPerDayMax: null };
    const raised = { ...FRAME_SETTINGS, gpuShare: 0.8, rules };
    expect(textOf(raised)).toContain('80% of the time');
    expect(textOf(raised)).toContain('no limit a day');
    expect(textOf(raised)).not.toContain('on battery');
    expect(listConsentPoints(FRAME_SETTINGS, 'blocked')[1]?.text).toContain('again on each visit');
  });
});

describe('who embeds a frame', () => {
  it('is the page around it, and the ones around that', () => {
    const a = 'https://a.example';
    expect(nameOfSite(undefined, [a])).toBeUndefined();
    expect(nameOfSite(a, [])).toBe(a);
    expect(nameOfSite(a, [a])).toBe(a);
    expect(nameOfSite(a, [a, a, 'https://b.example'])).toBe(`${a} in https://b.example`);
  });
});
