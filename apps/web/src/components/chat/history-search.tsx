import { formatCount } from '../../state/format.ts';
import { SEARCH_CHARS_MAX } from '../../state/limits.ts';
import { t } from '../../strings/language.ts';
import { useSite } from '../site-context.ts';

/** Looks through titles and texts while one types; the arrow down goes to what was found. */
export function HistorySearch() {
  const { history } = useSite();
  const hits = history.hits.value;
  const query = history.query.value.trim();
  const count = (hits?.length ?? 0) + (hits === undefined ? 0 : history.moreCount.value);
  return (
    <search class="history-search">
      <input
        type="search"
        class="history-query"
        data-testid="history-search"
        aria-label={t('conversations.search.label')}
        placeholder={t('conversations.search.placeholder')}
        maxLength={SEARCH_CHARS_MAX}
        value={history.query.value}
        onInput={(event) => {
          history.query.value = event.currentTarget.value;
        }}
        onKeyDown={(event) => {
          const { key, currentTarget } = event;
          if (key === 'Escape' && currentTarget.value !== '') {
            // The first Escape empties the box, the next one is for what is around it.
            event.preventDefault();
            event.stopPropagation();
            history.query.value = '';
          }
          if (key !== 'ArrowDown') return;
          event.preventDefault();
          const panel = currentTarget.closest('.history-panel');
          panel?.querySelector<HTMLElement>('.history-open')?.focus();
        }}
      />
      <p class={`fine ${count > 0 ? 'visually-hidden' : ''}`} role="status">
        {hits === undefined
          ? ''
          : count === 0
            ? t('conversations.search.none', { query })
            : t('conversations.search.found', { count, total: formatCount(count) })}
      </p>
    </search>
  );
}
