import type { CircleInvite } from '@manyhands/swarm/circle-invite';
import { formatEnd } from '../../state/circle-view.ts';
import { t } from '../../strings/language.ts';
import { useSite } from '../site-context.ts';
import { CloseButton } from './close-button.tsx';

/** What joining means, before anything is kept or connected. */
export function JoinCircle({ invite }: { readonly invite: CircleInvite }) {
  const { circleDialog, contribution } = useSite();
  const isActive = contribution.isActive.value;
  return (
    <>
      <h2 id="circle-dialog-title">{t('circles.join.title', { name: invite.name })}</h2>
      <p class="fine">{t('circles.join.intro')}</p>
      <ul class="circle-terms">
        <li>{t('circles.join.computed')}</li>
        <li>{t('circles.join.members')}</li>
        <li>{t(isActive ? 'circles.join.switchesActive' : 'circles.join.switches')}</li>
        <li>{t('circles.join.keys', { end: formatEnd(invite.expiresAtMs) })}</li>
      </ul>
      <div class="circle-actions">
        <button
          type="button"
          class="button button-primary"
          data-testid="circle-join"
          onClick={() => void circleDialog.join()}
        >
          {t('circles.join.join')}
        </button>
        <CloseButton label={t('circles.join.no')} />
      </div>
    </>
  );
}
