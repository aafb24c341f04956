import { BACKENDS } from '@manyhands/engine/worker/choose-backend';
import { THREADS_MAX } from '@manyhands/engine/worker/choose-threads';
import * as v from 'valibot';
import { DEFAULT_GUEST_RULES, StoredGuestRules } from './guest-rules.ts';
import { readStored, writeStored } from './stored.ts';

const MEGABYTE = 1_000_000;
/** Steps of the memory slider: doubling with a stop between, from a phone to a workstation. */
export const MEMORY_STEPS: readonly number[] = [
  256, 384, 512, 768, 1_000, 1_500, 2_000, 3_000, 4_000, 6_000, 8_000, 12_000, 16_000, 24_000,
].map((megabytes) => megabytes * MEGABYTE);

export const GPU_SHARE_MIN = 0.05;
export const GPU_SHARE_STEP = 0.05;

const ContributionSettings = v.strictObject({
  /** A catalogue id, or whatever the network needs most. */
  modelId: v.nullable(v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9._-]{0,63}$/))),
  memoryBytes: v.picklist(MEMORY_STEPS),
  gpuShare: v.pipe(v.number(), v.minValue(GPU_SHARE_MIN), v.maxValue(1)),
  /** What computes; settings from before there was a choice have none. */
  backend: v.optional(v.picklist(['auto', ...BACKENDS]), 'auto'),
  /** Of the processor; by default the engine chooses, as before there was a choice. */
  threads: v.optional(
    v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(THREADS_MAX))),
    null,
  ),
  /** When to work; settings from before there were rules have none. */
  rules: v.optional(StoredGuestRules, DEFAULT_GUEST_RULES),
});
export type ContributionSettings = v.InferOutput<typeof ContributionSettings>;

const KEY = 'manyhands.contribute';

/** Half the GPU and at most an eighth of the memory, until the person says otherwise. */
export function defaultContributionSettings(
  deviceMemoryGb: number | undefined,
): ContributionSettings {
  const memoryBytes = memoryStepFor(deviceMemoryGb, 1 / 8);
  const rules = DEFAULT_GUEST_RULES;
  return { modelId: null, memoryBytes, gpuShare: 0.5, backend: 'auto', threads: null, rules };
}

/** The largest step within a part of the memory; devices that do not tell are taken for common ones. */
export function memoryStepFor(deviceMemoryGb: number | undefined, part: number): number {
  const budget = (deviceMemoryGb ?? 8) * part * 1_000 * MEGABYTE;
  const fitting = MEMORY_STEPS.filter((step) => step <= budget);
  return fitting.at(-1) ?? 256 * MEGABYTE;
}

/** Limits over visits. */
export interface SettingsStore {
  read(): ContributionSettings;
  write(settings: ContributionSettings): void;
}

export function createSettingsStore(
  storage: Storage | undefined,
  deviceMemoryGb: number | undefined,
): SettingsStore {
  return {
    read: () =>
      readStored(storage, KEY, ContributionSettings) ?? defaultContributionSettings(deviceMemoryGb),
    write: (settings) => {
      writeStored(storage, KEY, settings);
    },
  };
}
