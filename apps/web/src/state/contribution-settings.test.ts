import { describe, expect, it } from 'vitest';
import { createMemoryStorage } from '../testing/memory-storage.ts';
import {
  createSettingsStore,
  defaultContributionSettings,
  MEMORY_STEPS,
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
    const limits = { memoryBytes, gpuShare: 0.25, backend, threads: 3 };
    const settings = { modelId: 'pip', ...limits, rules };
    createSettingsStore(storage, 8).write(settings);
    expect(createSettingsStore(storage, 8).read()).toEqual(settings);
  });

  it('of before there was a choice of what computes are kept', () => {
    const storage = createMemoryStorage();
    storage.setItem(KEY, '{"modelId":null,"memoryBytes":1000000000,"gpuShare":0.25}');
    expect(createSettingsStore(storage, 8).read()).toMatchObject({
      gpuShare: 0.25,
      backend: 'auto',
      threads: null,
      rules: DEFAULT_GUEST_RULES,
    });
  });

  it.each([
    ['no JSON', '{'],
    ['a share above one', '{"modelId":null,"memoryBytes":1000000000,"gpuShare":2}'],
    ['a limit that is no step', '{"modelId":null,"memoryBytes":17,"gpuShare":0.5}'],
    [
      'more threads than there may be',
      '{"modelId":null,"memoryBytes":1000000000,"gpuShare":1,"threads":17}',
    ],
    ['a schedule without days', withSchedule({ ...DEFAULT_SCHEDULE, days: [] })],
    [
      'a schedule of a minute that no day has',
      withSchedule({ ...DEFAULT_SCHEDULE, endMinute: 1_440 }),
    ],
    ['an unknown field', '{"modelId":null,"memoryBytes":1000000000,"gpuShare":0.5,"auto":true}'],
  ])('are the defaults when the storage holds %s', (_name, text) => {
    const storage = createMemoryStorage();
    storage.setItem(KEY, text);
    expect(createSettingsStore(storage, 8).read()).toEqual(defaultContributionSettings(8));
  });

  it('begin small on a small device and work without a storage', () => {
    expect(createSettingsStore(undefined, 2).read().memoryBytes).toBe(256_000_000);
    expect(defaultContributionSettings(undefined).memoryBytes).toBe(1_000_000_000);
    expect(() =>
      createSettingsStore(createMemoryStorage({ isFull: true }), 8).write(
        defaultContributionSettings(8),
      ),
    ).not.toThrow();
  });
});
