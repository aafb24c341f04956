import type { AssistantTurn } from '../../state/conversation.ts';
import { t } from '../../strings/language.ts';
import { FlagIcon } from '../icon.tsx';
import { useSite } from '../site-context.ts';

/** Opens the report of an answer that somebody computed. */
export function ReportButton({ turn }: { readonly turn: AssistantTurn }) {
  const { chat, reportDesk, tiers } = useSite();
  const answer = turn.answer.value;
  const modelRoot = answer.asked?.modelRoot;
  // In a circle and in this tab alone there is nobody to tell.
  if (tiers.tier.value !== 'public' || modelRoot === undefined || answer.chain.length === 0) {
    return null;
  }
  const questionTo = (): string => {
    const question = chat.turns.value.find(({ id }) => id === turn.parentId);
    return question?.role === 'user' ? question.text : '';
  };
  return (
    <button
      type="button"
      class="button-quiet"
      data-testid="report-open"
      onClick={() => reportDesk.open({ question: questionTo(), answer, modelRoot })}
    >
      <FlagIcon />
      <span>{t('answers.report.open')}</span>
    </button>
  );
}
