import type { Turn } from '../../state/conversation.ts';
import { t } from '../../strings/language.ts';
import { DownIcon } from '../icon.tsx';
import { useSite } from '../site-context.ts';
import { AnswerTurn } from './answer-turn.tsx';
import { QuestionTurn } from './question-turn.tsx';
import { Suggestions } from './suggestions.tsx';
import { useFollowScroll } from './use-follow-scroll.ts';

/** Questions and answers. The view follows a growing answer until the reader scrolls away. */
export function Conversation() {
  const { chat, conversations } = useSite();
  const turns = chat.turns.value;
  const isAnswering = chat.isAnswering.value;
  const follow = useFollowScroll(turns.length);
  // What this tab had open comes in a moment: nothing else is suggested until then.
  if (conversations.isOpening.value) return <div class="conversation" aria-busy={true} />;
  if (turns.length === 0) return <Suggestions />;
  return (
    <>
      <div
        class="conversation"
        role="log"
        aria-label={t('conversations.log')}
        aria-busy={isAnswering}
      >
        {turns.map((turn, index) => (
          <TurnItem
            key={turn.id}
            turn={turn}
            isLast={index === turns.length - 1}
            onGrow={follow.onGrow}
          />
        ))}
      </div>
      {follow.isAway.value && isAnswering ? (
        <button type="button" class="button button-small jump" onClick={follow.jump}>
          <DownIcon /> {t('conversations.follow')}
        </button>
      ) : null}
    </>
  );
}

function TurnItem(props: {
  readonly turn: Turn;
  readonly isLast: boolean;
  readonly onGrow: () => void;
}) {
  const { turn } = props;
  if (turn.role === 'assistant') {
    return <AnswerTurn turn={turn} isLast={props.isLast} onGrow={props.onGrow} />;
  }
  return <QuestionTurn turn={turn} />;
}
