import type { StoredCircle } from '@manyhands/swarm/circle-store';
import { t } from '../../strings/language.ts';
import { useSite } from '../site-context.ts';

export function LeaveCircle({ circle }: { readonly circle: StoredCircle }) {
  const { circleDialog } = useSite();
  return (
    <>
      <h2 id="circle-dialog-title">{t('circles.leave.title', { name: circle.name })}</h2>
      <p class="fine">
        {t('circles.leave.text')}{' '}
        {t(circle.invite === undefined ? 'circles.leave.joined' : 'circles.leave.made')}
      </p>
      <div class="circle-actions">
        <button
          type="button"
          class="button button-danger"
          data-testid="circle-leave-confirm"
          onClick={() => void circleDialog.leave()}
        >
          {t('circles.leave.leave')}
        </button>
        <button type="button" class="button" onClick={() => circleDialog.show({ kind: 'list' })}>
          {t('circles.back')}
        </button>
      </div>
    </>
  );
}
