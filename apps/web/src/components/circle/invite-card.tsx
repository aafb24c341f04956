import type { StoredCircle } from '@manyhands/swarm/circle-store';
import { formatEnd } from '../../state/circle-view.ts';
import { inviteLink } from '../../state/invite-link.ts';
import { t } from '../../strings/language.ts';
import { CopyButton } from '../copy-button.tsx';
import { CloseButton } from './close-button.tsx';

/** The link, for whoever made it. */
export function InviteCard(props: { readonly circle: StoredCircle; readonly isNew: boolean }) {
  const { circle, isNew } = props;
  const link = inviteLink(new URL('.', location.href).href.slice(0, -1), circle.invite ?? '');
  return (
    <>
      <h2 id="circle-dialog-title">
        {t(isNew ? 'circles.invite.ready' : 'circles.invite.title', { name: circle.name })}
      </h2>
      <p class="fine">{t('circles.invite.text', { end: formatEnd(circle.expiresAtMs) })}</p>
      <div class="invite-link">
        <input
          readOnly
          aria-label={t('circles.invite.link')}
          data-testid="invite-link"
          value={link}
          onFocus={(event) => event.currentTarget.select()}
        />
        <CopyButton text={link} label={t('circles.invite.copy')} />
      </div>
      <p class="fine">{t('circles.invite.key')}</p>
      <div class="circle-actions">
        <CloseButton label={t('circles.done')} />
      </div>
    </>
  );
}
