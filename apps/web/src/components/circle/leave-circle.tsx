import type { StoredCircle } from '@manyhands/swarm/circle-store';
import { useSite } from '../site-context.ts';

export function LeaveCircle({ circle }: { readonly circle: StoredCircle }) {
  const { circleDialog } = useSite();
  return (
    <>
      <h2 id="circle-dialog-title">Leave “{circle.name}”?</h2>
      <p class="fine">
        This browser forgets its keys, stops serving the circle and forgets what was said in it in
        this tab. {circle.invite === undefined ? 'To come back you need its link again.' : ''}
        {circle.invite === undefined
          ? ''
          : 'You made it: without a copy of the link nobody can be invited any more.'}
      </p>
      <div class="circle-actions">
        <button
          type="button"
          class="button button-danger"
          data-testid="circle-leave-confirm"
          onClick={() => void circleDialog.leave()}
        >
          Leave
        </button>
        <button type="button" class="button" onClick={() => circleDialog.show({ kind: 'list' })}>
          Back
        </button>
      </div>
    </>
  );
}
