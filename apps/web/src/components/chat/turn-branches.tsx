import { t } from '../../strings/language.ts';
import { NextIcon, PreviousIcon } from '../icon.tsx';
import { useSite } from '../site-context.ts';

/** `‹ 2/3 ›` where something else was asked or answered in the place of a turn. */
export function TurnBranches({ turnId }: { readonly turnId: string }) {
  const { chat } = useSite();
  const { ids, index } = chat.branches(turnId);
  if (ids.length < 2) return null;
  const place = { index: index + 1, total: ids.length };
  // An answer under way is looked at, not left by accident.
  const isHeld = chat.isAnswering.value;
  return (
    <fieldset class="turn-branches" aria-label={t('conversations.branch.label')}>
      <button
        type="button"
        class="button-icon"
        data-testid="branch-previous"
        aria-label={t('conversations.branch.previous')}
        disabled={isHeld || index === 0}
        onClick={() => chat.showBranch(turnId, -1)}
      >
        <PreviousIcon />
      </button>
      <span class="turn-branches-place" data-testid="branch-place" aria-hidden="true">
        {t('conversations.branch.place', place)}
      </span>
      <span class="visually-hidden" role="status">
        {t('conversations.branch.spoken', place)}
      </span>
      <button
        type="button"
        class="button-icon"
        data-testid="branch-next"
        aria-label={t('conversations.branch.next')}
        disabled={isHeld || index === ids.length - 1}
        onClick={() => chat.showBranch(turnId, 1)}
      >
        <NextIcon />
      </button>
    </fieldset>
  );
}
