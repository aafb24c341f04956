import type { ContributionSettings } from '../state/contribution-settings.ts';
import { formatBytes, formatShare } from '../state/format.ts';
import type { StorageState } from './frame-storage.ts';

/** One thing that somebody says yes to. */
export interface ConsentPoint {
  readonly name: string;
  readonly text: string;
}

/** All of it, with the numbers of now. */
export function listConsentPoints(
  { gpuShare, memoryBytes, rules }: ContributionSettings,
  storage: StorageState,
): readonly ConsentPoint[] {
  const { dataBytesPerDayMax, servesHidden, servesOnBattery, servesMetered } = rules;
  const kept =
    storage === 'blocked'
      ? 'This browser keeps nothing for frames, so it is downloaded again on each visit.'
      : 'They stay in this browser for the next time.';
  const day =
    dataBytesPerDayMax === null
      ? 'There is no limit a day.'
      : `At most ${formatBytes(dataBytesPerDayMax)} a day go over your connection.`;
  const rests = [
    ...(servesHidden ? [] : ['while this frame is out of view']),
    ...(servesOnBattery ? [] : ['on battery']),
    ...(servesMetered ? [] : ['on a metered connection']),
  ];
  return [
    {
      name: 'Electricity',
      text: `Your graphics chip or processor is busy up to ${formatShare(gpuShare)} of the time. The device uses more power and may get warm.`,
    },
    {
      name: 'Data and memory',
      text: `Parts of a model are downloaded, up to ${formatBytes(memoryBytes)}. ${kept} ${day}`,
    },
    {
      name: 'Your address',
      text: 'This tab connects with strangers’ tabs, which see your IP address, as the relay does.',
    },
    {
      name: 'Other people’s text',
      text: 'What others ask passes through this tab’s memory as numbers while it is answered. It is neither shown nor kept.',
    },
    {
      name: 'When it rests',
      text:
        rests.length === 0
          ? 'It does not, as you chose under Limits.'
          : `It pauses ${joinWords(rests)}, where the browser tells.`,
    },
  ];
}

/** `https://a.example` as people say it. */
export function hostOf(site: string): string {
  return site.replace(/https?:\/\//g, '');
}

function joinWords(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
