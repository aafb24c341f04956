import { formatBytes, formatShare } from '../state/format.ts';
import { language, t } from '../strings/language.ts';
import type { FrameLimits } from './frame-settings.ts';
import type { StorageState } from './frame-storage.ts';

/** One thing that somebody says yes to. */
export interface ConsentPoint {
  readonly name: string;
  readonly text: string;
}

/** All of it, with the numbers of now. */
export function listConsentPoints(
  { gpuShare, memoryBytes, rules }: FrameLimits,
  storage: StorageState,
): readonly ConsentPoint[] {
  const { dataBytesPerDayMax, servesHidden, servesOnBattery, servesMetered } = rules;
  const kept = storage === 'blocked' ? t('embed.consent.keptNot') : t('embed.consent.kept');
  const day =
    dataBytesPerDayMax === null
      ? t('embed.consent.dayUnlimited')
      : t('embed.consent.day', { data: formatBytes(dataBytesPerDayMax) });
  const rests = [
    ...(servesHidden ? [] : [t('embed.consent.restWhen.hidden')]),
    ...(servesOnBattery ? [] : [t('embed.consent.restWhen.battery')]),
    ...(servesMetered ? [] : [t('embed.consent.restWhen.metered')]),
  ];
  return [
    {
      name: t('embed.consent.points.electricity'),
      text: t('embed.consent.electricity', { share: formatShare(gpuShare) }),
    },
    {
      name: t('embed.consent.points.data'),
      text: t('embed.consent.data', { memory: formatBytes(memoryBytes), kept, day }),
    },
    { name: t('embed.consent.points.address'), text: t('embed.consent.address') },
    { name: t('embed.consent.points.text'), text: t('embed.consent.text') },
    {
      name: t('embed.consent.points.rest'),
      text:
        rests.length === 0
          ? t('embed.consent.restNever')
          : t('embed.consent.rest', { when: joinWords(rests) }),
    },
  ];
}

/** `https://a.example` as people say it. */
export function hostOf(site: string): string {
  return site.replace(/https?:\/\//g, '');
}

function joinWords(words: readonly string[]): string {
  // Lists of British English, like its times, have no comma before the last word.
  const locale = language.value === 'en' ? 'en-GB' : language.value;
  return new Intl.ListFormat(locale, { type: 'conjunction' }).format(words);
}
