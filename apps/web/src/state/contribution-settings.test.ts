import { describe, expect, it } from 'vitest';
import { createMemoryStorage } from '../testing/memory-storage.ts';
import {
  defaultContributionSettings,
  MEMORY_STEPS,
  readContributionSettings,
  writeContributionSettings,
} from './contribution-settings.ts';
import { DEFAULT_GUEST_RULES, DEFAULT_SCHEDULE } from './guest-rules.ts';

const withSchedule = (schedule: unknown): string =>
  JSON.stringify({
    ...defaultContributionSettings(8),
    rules: { ...DEFAULT_GUEST_RULES, schedule },
  });
const KEY = 'manyhands.contribute';

describe('contribution settings', () => {
  it('come back as they were stored', () => {
    const storage = createMemoryStorage();
    const memoryBytes = MEMORY_STEPS[3] ?? 0;
    const backend = 'wasm' as const;
    const rules = { ...DEFAULT_GUEST_RULES, schedule: DEFAULT_SCHEDULE, servesHidden: false };
    const settings = { modelId: 'pip', memoryBytes, gpuShare: 0.25, backend, rules };
    writeContributionSettings(storage, settings);
    expect(readContributionSettings(storage, 8)).toEqual(settings);
  });

  it('of before there was a choice of what computes are kept', () => {
    const storage = createMemoryStorage();
    storage.setItem(KEY, '{"modelId":null,"memoryBytes":1000000000,"gpuShare":0.25}');
    expect(readContributionSettings(storage, 8)).toMatchObject({
      gpuShare: 0.25,
      backend: 'auto',
      rules: DEFAULT_GUEST_RULES,
    });
  });

  it.each([
    ['no JSON', '{'],
    ['a share above one', '{"modelId":null,"memoryBytes":1000000000,"gpuShare":2}'],
    ['a limit that is no step', '{"modelId":null,"memoryBytes":17,"gpuShare":0.5}'],
    ['a schedule without days', withSchedule({ ...DEFAULT_SCHEDULE, days: [] })],
    [
      'a schedule of a minute that no day has',
      withSchedule({ ...DEFAULT_SCHEDULE, endMinute: 1_440 }),
    ],
    ['an unknown field', '{"modelId":null,"memoryBytes":1000000000,"gpuShare":0.5,"auto":true}'],
  ])('are the defaults when the storage holds %s', (_name, text) => {
    const storage = createMemoryStorage();
    storage.setItem(KEY, text);
    expect(readContributionSettings(storage, 8)).toEqual(defaultContributionSettings(8));
  });

  it('begin small on a small device and work without a storage', () => {
    expect(readContributionSettings(undefined, 2).memoryBytes).toBe(256_000_000);
    expect(defaultContributionSettings(undefined).memoryBytes).toBe(1_000_000_000);
    expect(() =>
      writeContributionSettings(
        createMemoryStorage({ isFull: true }),
        defaultContributionSettings(8),
      ),
    ).not.toThrow();
  });
});
