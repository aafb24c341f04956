import { describeShort } from '../state/contribution-view.ts';
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
      <a href="#/contribute" title="This tab is contributing">
        <span class="badge-pulse" aria-hidden="true" />
        <span class="badge-word">Contributing</span>
        <span class="badge-count">{text}</span>
      </a>
      <button
        type="button"
        class="badge-stop"
        aria-label="Stop contributing"
        onClick={() => void contribution.stop()}
      >
        <StopIcon />
        <span>Stop</span>
      </button>
    </div>
  );
}
