import type { StoredCircle } from '@manyhands/swarm/circle-store';
import { formatEnd } from '../../state/circle-view.ts';
import { inviteLink } from '../../state/invite-link.ts';
import { CopyButton } from '../copy-button.tsx';
import { CloseButton } from './close-button.tsx';

/** The link, for whoever made it. */
export function InviteCard(props: { readonly circle: StoredCircle; readonly isNew: boolean }) {
  const { circle, isNew } = props;
  const link = inviteLink(location.origin, circle.invite ?? '');
  return (
    <>
      <h2 id="circle-dialog-title">
        {isNew ? `${circle.name} is ready` : `Invite to ${circle.name}`}
      </h2>
      <p class="fine">
        Send this link to the people you want in the circle, over something you trust. Until{' '}
        {formatEnd(circle.expiresAtMs)} whoever has it can ask and serve as a member, and see the
        address of those they connect with.
      </p>
      <div class="invite-link">
        <input
          readOnly
          aria-label="Invitation link"
          data-testid="invite-link"
          value={link}
          onFocus={(event) => event.currentTarget.select()}
        />
        <CopyButton text={link} label="Copy" />
      </div>
      <p class="fine">
        The part behind the # is the key. Browsers send it to no server, and this site removes it
        from the address bar when it is opened.
      </p>
      <div class="circle-actions">
        <CloseButton label="Done" />
      </div>
    </>
  );
}
