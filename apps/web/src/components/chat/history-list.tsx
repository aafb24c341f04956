import { useSignal } from '@preact/signals';
import { formatCount } from '../../state/format.ts';
import { t } from '../../strings/language.ts';
import { useSite } from '../site-context.ts';
import { HistoryItem } from './history-item.tsx';

/** Conversations by day, or those that were found. Arrow keys move, Enter opens, F2 renames, Del deletes. */
export function HistoryList({ onOpen }: { readonly onOpen: () => void }) {
  const { conversations, history } = useSite();
  const { list, current, isKnown } = conversations;
  const focusedId = useSignal<string | undefined>(undefined);
  const hits = history.hits.value;
  const shown = hits?.map(({ record }) => record.id) ?? list.value.map(({ id }) => id);
  const wanted = [focusedId.value, current.value.id].find(
    (id) => id !== undefined && shown.includes(id),
  );
  const reachableId = wanted ?? shown[0];
  const open = (id: string): void => {
    conversations.open(id);
    onOpen();
  };
  if (list.value.length === 0) {
    return (
      <p class="fine history-empty" data-testid="history-empty">
        {t(isKnown.value ? 'conversations.list.empty' : 'conversations.list.reading')}
      </p>
    );
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys are those of the buttons inside.
    <div
      class="history-list"
      onFocusIn={({ target }) => {
        if (target instanceof HTMLElement) focusedId.value = target.dataset.id ?? focusedId.value;
      }}
      onKeyDown={(event) => onKey(event, conversations.remove, history.renamingId)}
    >
      {hits === undefined ? (
        history.groups.value.map((group) => (
          <section key={group.label} class="history-day">
            <h3>{group.label}</h3>
            <ul>
              {group.records.map((record) => (
                <HistoryItem
                  key={record.id}
                  record={record}
                  isReachable={record.id === reachableId}
                  onOpen={() => open(record.id)}
                />
              ))}
            </ul>
          </section>
        ))
      ) : (
        <ul aria-label={t('conversations.search.label')}>
          {hits.map((hit) => (
            <HistoryItem
              key={hit.record.id}
              {...hit}
              isReachable={hit.record.id === reachableId}
              onOpen={() => open(hit.record.id)}
            />
          ))}
        </ul>
      )}
      {history.moreCount.value > 0 ? (
        <button type="button" class="button button-small" onClick={history.showMore}>
          {t('conversations.list.more', {
            total: formatCount(history.moreCount.value),
          })}
        </button>
      ) : null}
    </div>
  );
}

function onKey(
  event: KeyboardEvent & { readonly currentTarget: HTMLElement },
  remove: (ids: readonly string[]) => Promise<void>,
  renamingId: { value: string | undefined },
): void {
  const { target, currentTarget, key } = event;
  if (!(target instanceof HTMLElement)) return;
  const { id } = target.dataset;
  if (id === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  const items = [...currentTarget.querySelectorAll<HTMLElement>('.history-open')];
  const index = items.indexOf(target);
  const next = items[index + 1] ?? items[index - 1];
  const moves: Readonly<Record<string, HTMLElement | undefined>> = {
    ArrowDown: items[index + 1],
    ArrowUp: items[index - 1],
    Home: items[0],
    End: items.at(-1),
  };
  if (key in moves) moves[key]?.focus();
  else if (key === 'F2') renamingId.value = id;
  else if (key === 'Delete') {
    // The neighbour stays on the page, whatever happens to this one.
    next?.focus();
    void remove([id]);
  } else return;
  event.preventDefault();
}
