import type { VolunteerState } from '@manyhands/peer/volunteer/volunteer-state';
import { t } from '../strings/language.ts';
import { formatCount } from './format.ts';
import type { Flow } from './stage-flow.ts';

/** What passes through the stage, in figures: also all that is left of the picture without motion. */
export function describeFlow(
  { phase, sessionCount }: Pick<VolunteerState, 'phase' | 'sessionCount'>,
  flow: Flow | undefined,
): string {
  if (phase === 'paused') return t('contribute.picture.paused');
  const sessions = t('contribute.picture.sessions', {
    count: sessionCount,
    written: formatCount(sessionCount),
  });
  if (flow === undefined) {
    const quiet = t('contribute.picture.quiet');
    return sessionCount === 0 ? quiet : `${quiet} ${sessions}`;
  }
  const { prefillRows, decodeSteps, replayRows, seconds } = flow;
  const perSecond = (count: number) => {
    const rate = Math.max(1, Math.round(count / seconds));
    return { count: rate, written: formatCount(rate) };
  };
  return [
    prefillRows > 0 && t('contribute.picture.prefill', perSecond(prefillRows)),
    decodeSteps > 0 && t('contribute.picture.decode', perSecond(decodeSteps)),
    replayRows > 0 && t('contribute.picture.replay', perSecond(replayRows)),
    sessions,
  ]
    .filter((part) => part !== false)
    .join(' ');
}

export type Sight = 'first' | 'middle' | 'last' | 'embedding';
export const SIGHTS: readonly Sight[] = ['first', 'middle', 'last', 'embedding'];

/** What a tab can see of other people's text with what it holds; nothing while it holds nothing. */
export function listSights({
  job,
  range,
}: Pick<VolunteerState, 'job' | 'range'>): readonly Sight[] {
  if (job === 'embedding') return ['embedding'];
  if (range === undefined) return [];
  return [range.embeds ? 'first' : 'middle', ...(range.heads ? (['last'] as const) : [])];
}
