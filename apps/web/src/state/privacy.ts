import { t } from '../strings/language.ts';
import type { Tier } from './tiers.ts';

/** What is at stake, shown next to every input before the first message. */
export function privacySentence(tier: Tier, isRelayOnly: boolean): string {
  switch (tier) {
    case 'local':
      return t('privacy.sentences.local');
    case 'circle':
      return t(isRelayOnly ? 'privacy.sentences.circleHidden' : 'privacy.sentences.circle');
    case 'public':
      return t(isRelayOnly ? 'privacy.sentences.publicHidden' : 'privacy.sentences.public');
    default:
      return tier satisfies never;
  }
}
