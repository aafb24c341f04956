import { describeEnd, describeHere } from '../../state/circle-view.ts';
import { TIERS, type Tier } from '../../state/tiers.ts';
import { PeopleIcon } from '../icon.tsx';
import { useSite } from '../site-context.ts';

const NAMES: Record<Tier, { readonly name: string; readonly hint: string }> = {
  local: { name: 'Local', hint: 'this tab alone' },
  circle: { name: 'Circle', hint: 'people you invited' },
  public: { name: 'Public', hint: 'whoever contributes' },
};

/** Who computes, for the whole page. While something runs for some, it is not switched to others. */
export function TierPicker({ name }: { readonly name: string }) {
  const { tiers, chat, contribution, circles, circleDialog } = useSite();
  const tier = tiers.tier.value;
  const isBusy = chat.isAnswering.value || contribution.isActive.value;
  const choose = (next: Tier): void => {
    tiers.choose(next);
    const hasChosen = tiers.circle.value !== undefined;
    if (next !== 'circle' || hasChosen) return;
    circleDialog.show({ kind: circles.list.value.length === 0 ? 'create' : 'list' });
  };
  return (
    <div class="tiers">
      <fieldset class="tier-picker" disabled={isBusy} aria-describedby={`${name}-tier-hint`}>
        <legend class="visually-hidden">Who computes</legend>
        {TIERS.map((each) => (
          <label key={each} class="tier" title={NAMES[each].hint}>
            <input
              type="radio"
              name={`${name}-tier`}
              value={each}
              checked={each === tier}
              data-testid={`tier-${each}`}
              onChange={() => choose(each)}
            />
            <span class="tier-name">{NAMES[each].name}</span>
          </label>
        ))}
      </fieldset>
      {tier === 'circle' ? <CircleButton /> : null}
      <span class="tier-hint" id={`${name}-tier-hint`}>
        {isBusy ? 'Stop what runs to change this.' : tier === 'circle' ? '' : NAMES[tier].hint}
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
  const label = circle?.name ?? (circles.isKnown.value ? 'Choose a circle' : 'Looking…');
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
