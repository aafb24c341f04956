import type { GuestRules } from '@manyhands/peer/volunteer/choose-pause';
import { type ContributionSettings, memoryStepFor } from './contribution-settings.ts';
import { DEFAULT_DATA_BYTES } from './guest-rules.ts';

export const PRESETS = ['gentle', 'balanced', 'all-in'] as const;
export type Preset = (typeof PRESETS)[number];

/** What a preset decides. Model, schedule and paid connections stay as the person has them. */
export interface PresetLimits {
  readonly gpuShare: number;
  readonly memoryBytes: number;
  readonly rules: Pick<GuestRules, 'servesHidden' | 'servesOnBattery' | 'dataBytesPerDayMax'>;
}

/** The limits of a preset on a device of this much memory. */
export function limitsOf(preset: Preset, deviceMemoryGb: number | undefined): PresetLimits {
  switch (preset) {
    case 'gentle':
      return {
        gpuShare: 0.2,
        memoryBytes: memoryStepFor(deviceMemoryGb, 1 / 16),
        rules: {
          servesHidden: false,
          servesOnBattery: false,
          dataBytesPerDayMax: 1_000_000_000,
        },
      };
    case 'balanced':
      return {
        gpuShare: 0.5,
        memoryBytes: memoryStepFor(deviceMemoryGb, 1 / 8),
        rules: {
          servesHidden: true,
          servesOnBattery: false,
          dataBytesPerDayMax: DEFAULT_DATA_BYTES,
        },
      };
    case 'all-in':
      return {
        gpuShare: 1,
        // Browsers that do not tell are often those of phones, which end a tab that takes too much.
        memoryBytes: memoryStepFor(deviceMemoryGb, deviceMemoryGb === undefined ? 1 / 4 : 1 / 2),
        rules: { servesHidden: true, servesOnBattery: true, dataBytesPerDayMax: null },
      };
    default:
      return preset satisfies never;
  }
}

/** The preset that the limits are, until one of them is moved. */
export function choosePreset(
  settings: ContributionSettings,
  deviceMemoryGb: number | undefined,
): Preset | 'custom' {
  const isAt = (preset: Preset): boolean => {
    const { gpuShare, memoryBytes, rules } = limitsOf(preset, deviceMemoryGb);
    return (
      settings.gpuShare === gpuShare &&
      settings.memoryBytes === memoryBytes &&
      settings.rules.servesHidden === rules.servesHidden &&
      settings.rules.servesOnBattery === rules.servesOnBattery &&
      settings.rules.dataBytesPerDayMax === rules.dataBytesPerDayMax
    );
  };
  return PRESETS.find(isAt) ?? 'custom';
}
