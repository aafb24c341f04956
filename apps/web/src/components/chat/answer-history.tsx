import type { AssistantTurn } from '../../state/conversation.ts';
import { t } from '../../strings/language.ts';
import { AgainIcon, ArrowIcon } from '../icon.tsx';
import { useSite } from '../site-context.ts';
import { TurnBranches } from './turn-branches.tsx';

const CUT_SHORT = new Set<string | undefined>(['aborted', 'failed', 'length']);

/** At the foot of an answer: its branches, and what can be done about one that was cut off or is not the last. */
export function AnswerHistory({
  turn,
  isLast,
}: {
  readonly turn: AssistantTurn;
  readonly isLast: boolean;
}) {
  const { chat } = useSite();
  const { finishReason, text } = turn.answer.value;
  const isFree = !chat.isAnswering.value && chat.obstacle.value === '';
  const mayGoOn = CUT_SHORT.has(finishReason) && text.trim() !== '';
  return (
    <>
      {turn.isInterrupted ? (
        <p class="answer-interrupted" data-testid="answer-interrupted">
          {t('conversations.interrupted')}
        </p>
      ) : null}
      <TurnBranches turnId={turn.id} />
      {mayGoOn ? (
        <button
          type="button"
          class="button-quiet"
          data-testid="chat-go-on"
          disabled={!isFree}
          onClick={() => chat.goOn(turn.id)}
        >
          <ArrowIcon />
          <span>{t('conversations.goOn')}</span>
        </button>
      ) : null}
      {isLast ? null : (
        <button
          type="button"
          class="button-quiet"
          data-testid="answer-again"
          disabled={!isFree}
          onClick={() => chat.regenerate({ turnId: turn.id })}
        >
          <AgainIcon />
          <span>{t('conversations.again')}</span>
        </button>
      )}
    </>
  );
}
