import * as v from 'valibot';
import {
  type ContributionSettings,
  GPU_SHARE_MIN,
  type SettingsStore,
} from '../state/contribution-settings.ts';
import { StoredGuestRules } from '../state/guest-rules.ts';
import { readStored, writeStored } from '../state/stored.ts';
import { FRAME_DATA_BYTES, FRAME_MEMORY_BYTES, FRAME_MEMORY_STEPS, FRAME_SHARE } from './limits.ts';

/** What a visitor may change in the frame; nobody else can change any of it. */
export const FrameLimits = v.strictObject({
  memoryBytes: v.picklist(FRAME_MEMORY_STEPS),
  gpuShare: v.pipe(v.number(), v.minValue(GPU_SHARE_MIN), v.maxValue(1)),
  rules: StoredGuestRules,
});

const KEY = 'manyhands.embed-limits';

export type FrameLimits = v.InferOutput<typeof FrameLimits>;

/** A guest in somebody else's page asks for less than a page that a person opened for it. */
export const FRAME_SETTINGS: ContributionSettings = {
  modelId: null,
  memoryBytes: FRAME_MEMORY_BYTES,
  gpuShare: FRAME_SHARE,
  backend: 'auto',
  // Where the page around is isolated there might be more.
  threads: 1,
  rules: {
    servesHidden: false,
    servesOnBattery: false,
    servesMetered: false,
    dataBytesPerDayMax: FRAME_DATA_BYTES,
    schedule: null,
  },
};

export function createFrameSettings(storage: Storage | undefined): SettingsStore {
  return {
    read: () => ({ ...FRAME_SETTINGS, ...readStored(storage, KEY, FrameLimits) }),
    // The model is the page's wish of today, not a choice to keep.
    write: ({ memoryBytes, gpuShare, rules }) => {
      writeStored(storage, KEY, { memoryBytes, gpuShare, rules });
    },
  };
}
