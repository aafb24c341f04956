import { describeShort } from '../state/contribution-view.ts';
import { t } from '../strings/language.ts';
import { StopIcon } from './icon.tsx';
import { useSite } from './site-context.ts';

/** On every page: that this tab is giving, and the way to end it. */
export function ContributionBadge() {
  const { contribution } = useSite();
  if (!contribution.isActive.value) return null;
  const { phase, tokensServed, sessionCount } = contribution.state.value;
  const text = describeShort(phase, tokensServed);
  return (
    <div class={`badge ${sessionCount > 0 ? 'badge-working' : ''}`}>
      <a href="#/contribute" title={t('contribute.badge.title')}>
        <span class="badge-pulse" aria-hidden="true" />
        <span class="badge-word">{t('contribute.badge.word')}</span>
        <span class="badge-count">{text}</span>
      </a>
      <button
        type="button"
        class="badge-stop"
        aria-label={t('contribute.badge.stopLabel')}
        onClick={() => void contribution.stop()}
      >
        <StopIcon />
        <span>{t('contribute.badge.stop')}</span>
      </button>
    </div>
  );
}
