import { useEffect, useRef } from 'preact/hooks';
import type { Piece } from '../../state/conversation-search.ts';
import type { ConversationRecord } from '../../state/conversation-store.ts';
import { titleOf } from '../../state/conversation-view.ts';
import { CONVERSATION_TITLE_CHARS_MAX } from '../../state/limits.ts';
import { t } from '../../strings/language.ts';
import { MoreIcon } from '../icon.tsx';
import { saveFile } from '../save-file.ts';
import { useSite } from '../site-context.ts';

export interface HistoryItemProps {
  readonly record: ConversationRecord;
  /** Of a search: the title with what was found in it, and a place in the text. */
  readonly title?: readonly Piece[];
  readonly excerpt?: readonly Piece[];
  /** The one that Tab reaches; arrow keys go to the others. */
  readonly isReachable: boolean;
  readonly onOpen: () => void;
}

/** One conversation of the list. */
export function HistoryItem(props: HistoryItemProps) {
  const { conversations, history } = useSite();
  const { record, isReachable } = props;
  const { id } = record;
  const title = titleOf(record);
  const isOpen = conversations.current.value.id === id;
  const isExpanded = history.expandedId.value === id;
  if (history.renamingId.value === id) return <RenameForm record={record} />;
  return (
    <li class={`history-item ${isOpen ? 'is-open' : ''}`} data-testid="history-item">
      <div class="history-row">
        <button
          type="button"
          class="history-open"
          data-id={id}
          data-testid="history-open"
          aria-current={isOpen ? 'true' : undefined}
          tabIndex={isReachable ? 0 : -1}
          onClick={props.onOpen}
        >
          <span class="history-title">
            {props.title === undefined ? title : <Pieces pieces={props.title} />}
          </span>
          <Progress id={id} />
          {props.excerpt === undefined || props.excerpt.length === 0 ? null : (
            <span class="history-excerpt">
              <Pieces pieces={props.excerpt} />
            </span>
          )}
        </button>
        <button
          type="button"
          class="button-icon history-more"
          data-testid="history-more"
          aria-expanded={isExpanded}
          aria-label={t('conversations.item.more', { title })}
          tabIndex={isReachable || isOpen ? 0 : -1}
          onClick={() => {
            history.expandedId.value = isExpanded ? undefined : id;
          }}
        >
          <MoreIcon />
        </button>
      </div>
      {isExpanded ? <ItemActions id={id} /> : null}
    </li>
  );
}

function Progress({ id }: { readonly id: string }) {
  const { conversations } = useSite();
  const isHere = conversations.here.value.has(id);
  if (!isHere && !conversations.elsewhere.value.has(id)) return null;
  return (
    <span class="history-progress tone-busy">
      <i class="dot" />
      {isHere ? t('conversations.list.answering') : t('conversations.list.answeringElsewhere')}
    </span>
  );
}

function Pieces({ pieces }: { readonly pieces: readonly Piece[] }) {
  return <>{pieces.map((piece) => (piece.isHit ? <mark>{piece.text}</mark> : piece.text))}</>;
}

function ItemActions({ id }: { readonly id: string }) {
  const { conversations, history } = useSite();
  const save = (format: 'json' | 'markdown'): void => {
    const file = history.fileOf(id, format);
    if (file !== undefined) saveFile(file);
  };
  const actions = [
    {
      name: 'rename',
      act: () => {
        history.renamingId.value = id;
      },
    },
    { name: 'markdown', act: () => save('markdown') },
    { name: 'json', act: () => save('json') },
    {
      name: 'remove',
      act: () => {
        history.expandedId.value = undefined;
        focusNeighbour(id);
        void conversations.remove([id]);
      },
    },
  ] as const;
  return (
    <div class="history-actions">
      {actions.map(({ name, act }) => (
        <button
          key={name}
          type="button"
          class="button-quiet"
          data-testid={`history-${name}`}
          onClick={act}
        >
          {t(`conversations.item.${name}`)}
        </button>
      ))}
    </div>
  );
}

function RenameForm({ record }: { readonly record: ConversationRecord }) {
  const { conversations, history } = useSite();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.select(), []);
  const close = (isKept: boolean): void => {
    // Leaving the box closes it too: only the first way out counts.
    if (history.renamingId.peek() !== record.id) return;
    const title = input.current?.value.trim() ?? '';
    history.renamingId.value = undefined;
    history.expandedId.value = undefined;
    if (isKept && title !== titleOf(record)) conversations.rename(record.id, title);
    focusItem(record.id);
  };
  return (
    <li class="history-item is-renamed" data-testid="history-item">
      <input
        ref={input}
        class="history-rename"
        data-testid="history-name"
        aria-label={t('conversations.item.name')}
        maxLength={CONVERSATION_TITLE_CHARS_MAX}
        defaultValue={titleOf(record)}
        onBlur={() => close(true)}
        onKeyDown={(event) => {
          // Neither the list nor the chat is meant by what is typed here.
          event.stopPropagation();
          if (event.isComposing) return;
          if (event.key === 'Enter') close(true);
          if (event.key !== 'Escape') return;
          event.preventDefault();
          close(false);
        }}
      />
    </li>
  );
}

/** The one below, or above: this one is about to go. */
function focusNeighbour(id: string): void {
  const items = [...document.querySelectorAll<HTMLElement>('.history-open')];
  const index = items.findIndex((item) => item.dataset.id === id);
  (items[index + 1] ?? items[index - 1])?.focus();
}

function focusItem(id: string): void {
  requestAnimationFrame(() => {
    // Who has gone elsewhere meanwhile is not fetched back.
    if (document.activeElement !== document.body) return;
    document.querySelector<HTMLElement>(`.history-open[data-id="${id}"]`)?.focus();
  });
}
