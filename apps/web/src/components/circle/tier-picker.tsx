import { describeEnd, describeHere } from '../../state/circle-view.ts';
import { TIERS, type Tier } from '../../state/tiers.ts';
import { t } from '../../strings/language.ts';
import { PeopleIcon } from '../icon.tsx';
import { useSite } from '../site-context.ts';

/** Who computes, for the whole page. While something runs for some, it is not switched to others. */
export function TierPicker({ name }: { readonly name: string }) {
  const { tiers, chat, contribution, circles, circleDialog } = useSite();
  const tier = tiers.tier.value;
  const isBusy = chat.isBusy.value || contribution.isActive.value;
  const choose = (next: Tier): void => {
    tiers.choose(next);
    const hasChosen = tiers.circle.value !== undefined;
    if (next !== 'circle' || hasChosen) return;
    circleDialog.show({ kind: circles.list.value.length === 0 ? 'create' : 'list' });
  };
  return (
    <div class="tiers">
      <fieldset class="tier-picker" disabled={isBusy} aria-describedby={`${name}-tier-hint`}>
        <legend class="visually-hidden">{t('circles.tiers.label')}</legend>
        {TIERS.map((each) => (
          <label key={each} class="tier" title={t(`circles.tiers.${each}.hint`)}>
            <input
              type="radio"
              name={`${name}-tier`}
              value={each}
              checked={each === tier}
              data-testid={`tier-${each}`}
              onChange={() => choose(each)}
            />
            <span class="tier-name">{t(`circles.tiers.${each}.name`)}</span>
          </label>
        ))}
      </fieldset>
      {tier === 'circle' ? <CircleButton /> : null}
      <span class="tier-hint" id={`${name}-tier-hint`}>
        {isBusy
          ? t('circles.tiers.busy')
          : tier === 'circle'
            ? ''
            : t(`circles.tiers.${tier}.hint`)}
      </span>
    </div>
  );
}

/** Which circle, and who is here; opens what can be done with it. */
function CircleButton() {
  const { tiers, circles, circleDialog, connection } = useSite();
  const circle = tiers.circle.value;
  const standing =
    circle === undefined
      ? ''
      : tiers.isExpired.value
        ? describeEnd(circle, tiers.nowMs.value)
        : describeHere(connection.network.value?.peers);
  const label = circle?.name ?? t(circles.isKnown.value ? 'circles.choose' : 'circles.looking');
  return (
    <button
      type="button"
      class={`circle-button ${tiers.isExpired.value ? 'is-expired' : ''}`}
      data-testid="circle-open"
      aria-haspopup="dialog"
      onClick={() => circleDialog.show({ kind: 'list' })}
    >
      <PeopleIcon />
      <span class="circle-button-name">{label}</span>
      {standing === '' ? null : (
        <span class="circle-button-here" data-testid="circle-here">
          {standing}
        </span>
      )}
    </button>
  );
}
