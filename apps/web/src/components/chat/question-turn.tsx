import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { UserTurn } from '../../state/conversation.ts';
import { t } from '../../strings/language.ts';
import { PencilIcon } from '../icon.tsx';
import { useSite } from '../site-context.ts';
import { TurnBranches } from './turn-branches.tsx';

/** One question. Changed and asked again it becomes a branch; the older one stays. */
export function QuestionTurn({ turn }: { readonly turn: UserTurn }) {
  const { chat } = useSite();
  const isEditing = useSignal(false);
  const edit = useRef<HTMLButtonElement>(null);
  const close = (): void => {
    isEditing.value = false;
    // Where the person was before; the button is there again after the next drawing.
    requestAnimationFrame(() => edit.current?.focus());
  };
  if (isEditing.value) return <QuestionForm turn={turn} onClose={close} />;
  return (
    <article class="turn turn-question" aria-label={t('conversations.you')}>
      <p class="turn-user">{turn.text}</p>
      <div class="question-tools">
        <TurnBranches turnId={turn.id} />
        <button
          ref={edit}
          type="button"
          class="button-quiet question-edit"
          data-testid="question-edit"
          disabled={chat.isAnswering.value || chat.obstacle.value !== ''}
          onClick={() => {
            isEditing.value = true;
          }}
        >
          <PencilIcon />
          <span>{t('conversations.edit.open')}</span>
        </button>
      </div>
    </article>
  );
}

function QuestionForm(props: { readonly turn: UserTurn; readonly onClose: () => void }) {
  const { chat } = useSite();
  const { turn, onClose } = props;
  const text = useSignal(turn.text);
  const input = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    const { current } = input;
    current?.focus();
    current?.setSelectionRange(current.value.length, current.value.length);
  }, []);
  const send = (): void => {
    if (chat.edit(turn.id, text.value)) onClose();
  };
  return (
    <form
      class="question-form"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <textarea
        ref={input}
        rows={3}
        aria-label={t('conversations.edit.label')}
        aria-describedby={`edit-hint-${turn.id}`}
        data-testid="question-input"
        value={text.value}
        onInput={(event) => {
          text.value = event.currentTarget.value;
        }}
        onKeyDown={(event) => {
          if (event.isComposing) return;
          if (event.key === 'Escape') {
            event.preventDefault();
            onClose();
          } else if (event.key === 'Enter' && !event.shiftKey) {
            event.preventDefault();
            send();
          }
        }}
      />
      <p class="field-hint" id={`edit-hint-${turn.id}`}>
        {t('conversations.edit.hint')}
      </p>
      <div class="notice-actions">
        <button
          type="submit"
          class="button button-small button-primary"
          data-testid="question-send"
          disabled={text.value.trim() === ''}
        >
          {t('conversations.edit.send')}
        </button>
        <button type="button" class="button button-small" onClick={onClose}>
          {t('conversations.edit.cancel')}
        </button>
      </div>
    </form>
  );
}
