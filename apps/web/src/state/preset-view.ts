import { t } from '../strings/language.ts';
import type { PresetLimits } from './contribution-presets.ts';
import { formatBytes, formatShare } from './format.ts';

/** `50% of the time`, `1 GB of memory`, …: what a preset means here. */
export function listPresetFigures({
  gpuShare,
  memoryBytes,
  rules,
}: PresetLimits): readonly string[] {
  const { servesHidden, servesOnBattery, dataBytesPerDayMax } = rules;
  return [
    t('contribute.presets.share', { share: formatShare(gpuShare) }),
    t('contribute.presets.memory', { memory: formatBytes(memoryBytes) }),
    dataBytesPerDayMax === null
      ? t('contribute.presets.dataOpen')
      : t('contribute.presets.data', { data: formatBytes(dataBytesPerDayMax) }),
    servesHidden ? t('contribute.presets.hidden') : t('contribute.presets.visible'),
    servesOnBattery ? t('contribute.presets.battery') : t('contribute.presets.plugged'),
  ];
}
