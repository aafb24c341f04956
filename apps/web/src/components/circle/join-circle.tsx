import type { CircleInvite } from '@manyhands/swarm/circle-invite';
import { formatEnd } from '../../state/circle-view.ts';
import { useSite } from '../site-context.ts';
import { CloseButton } from './close-button.tsx';

/** What joining means, before anything is kept or connected. */
export function JoinCircle({ invite }: { readonly invite: CircleInvite }) {
  const { circleDialog, contribution } = useSite();
  return (
    <>
      <h2 id="circle-dialog-title">Join “{invite.name}”?</h2>
      <p class="fine">Somebody gave you the link to a circle, a private room of this site.</p>
      <ul class="circle-terms">
        <li>
          What you ask is computed by members’ devices only. They could reconstruct your text and
          see your IP address; nobody outside can read it.
        </li>
        <li>Everybody with the link is a member, also people you do not know.</li>
        <li>
          Chat and Contribute switch to this circle. Nothing is downloaded or computed for others
          until you press Contribute
          {contribution.isActive.value ? '; what runs now for others ends' : ''}.
        </li>
        <li>
          This browser keeps keys that prove membership until you leave. They stop working on{' '}
          {formatEnd(invite.expiresAtMs)}.
        </li>
      </ul>
      <div class="circle-actions">
        <button
          type="button"
          class="button button-primary"
          data-testid="circle-join"
          onClick={() => void circleDialog.join()}
        >
          Join
        </button>
        <CloseButton label="Not now" />
      </div>
    </>
  );
}
