import { formatPeerId } from '../../state/format.ts';
import { language, t } from '../../strings/language.ts';
import { useSite } from '../site-context.ts';

/** Whom this person blocked, each with a way back. */
export function BlockedList() {
  const { blocked } = useSite();
  const list = blocked.list.value;
  const dates = new Intl.DateTimeFormat(language.value, { dateStyle: 'medium' });
  return (
    <section class="blocked" aria-labelledby="blocked-title" data-testid="blocked-list">
      <h3 id="blocked-title">{t('answers.block.title')}</h3>
      {list.length === 0 ? <p class="hint">{t('answers.block.none')}</p> : null}
      <ul>
        {list.map(({ identity, atMs }) => (
          <li key={identity}>
            <code>{formatPeerId(identity)}</code>
            <span class="fine">{t('answers.block.since', { date: dates.format(atMs) })}</span>
            <button
              type="button"
              class="button-quiet"
              aria-label={t('answers.block.unblockOne', { name: formatPeerId(identity) })}
              onClick={() => blocked.unblock(identity)}
            >
              {t('answers.block.unblock')}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
