import type { StoredCircle } from '@manyhands/swarm/circle-store';
import { describeEnd, describeHere } from '../../state/circle-view.ts';
import { t } from '../../strings/language.ts';
import { PlusIcon } from '../icon.tsx';
import { useSite } from '../site-context.ts';
import { CloseButton } from './close-button.tsx';

/** The circles of this browser, and what can be done with each. */
export function CircleList() {
  const { circles, circleDialog } = useSite();
  const list = circles.list.value;
  return (
    <>
      <h2 id="circle-dialog-title">{t('circles.list.title')}</h2>
      {list.length === 0 ? (
        <p class="fine">{t('circles.list.empty')}</p>
      ) : (
        <ul class="circle-list">
          {list.map((circle) => (
            <CircleItem key={circle.id} circle={circle} />
          ))}
        </ul>
      )}
      {circles.isPassing.value ? <p class="fine">{t('circles.list.passing')}</p> : null}
      <div class="circle-actions">
        <button
          type="button"
          class="button"
          data-testid="circle-new"
          onClick={() => circleDialog.show({ kind: 'create' })}
        >
          <PlusIcon /> {t('circles.list.make')}
        </button>
        <CloseButton label={t('circles.done')} />
      </div>
    </>
  );
}

function CircleItem({ circle }: { readonly circle: StoredCircle }) {
  const { tiers, circleDialog, connection } = useSite();
  const isExpired = circle.expiresAtMs <= tiers.nowMs.value;
  const isChosen = tiers.circle.value?.id === circle.id;
  const isActive = isChosen && tiers.tier.value === 'circle' && !isExpired;
  const end = describeEnd(circle, tiers.nowMs.value);
  const here = isActive ? ` · ${describeHere(connection.network.value?.peers)}` : '';
  return (
    <li class={`circle-item ${isExpired ? 'is-expired' : ''}`} data-testid="circle-item">
      <div class="circle-item-head">
        <span class="circle-item-name">{circle.name}</span>
        {isActive ? <span class="pill pill-serving">{t('circles.list.inUse')}</span> : null}
        {isExpired ? <span class="pill pill-failed">{t('circles.list.expired')}</span> : null}
      </div>
      <p class="fine">{isExpired ? t('circles.list.whenExpired') : `${end}${here}`}</p>
      <div class="circle-item-actions">
        {isActive || isExpired ? null : (
          <button
            type="button"
            class="button button-small button-primary"
            data-testid="circle-use"
            onClick={() => circleDialog.use(circle)}
          >
            {t('circles.list.use')}
          </button>
        )}
        {circle.invite === undefined || isExpired ? null : (
          <button
            type="button"
            class="button button-small"
            data-testid="circle-invite"
            onClick={() => circleDialog.show({ kind: 'invite', circle, isNew: false })}
          >
            {t('circles.list.invite')}
          </button>
        )}
        <button
          type="button"
          class="button button-small"
          data-testid="circle-rotate"
          onClick={() => circleDialog.show({ kind: 'create', replaces: circle })}
        >
          {t('circles.list.newLink')}
        </button>
        <button
          type="button"
          class="button button-small"
          data-testid="circle-leave"
          onClick={() => circleDialog.show({ kind: 'leave', circle })}
        >
          {t('circles.list.leave')}
        </button>
      </div>
    </li>
  );
}
