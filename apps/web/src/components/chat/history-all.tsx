import { useRef } from 'preact/hooks';
import { formatCount } from '../../state/format.ts';
import { t } from '../../strings/language.ts';
import { saveFile } from '../save-file.ts';
import { useSite } from '../site-context.ts';

/** What can be done with all that is listed, and reading what was saved before. */
export function HistoryAll() {
  const { conversations, history } = useSite();
  const input = useRef<HTMLInputElement>(null);
  const isEmpty = conversations.list.value.length === 0;
  if (history.isConfirming.value) return <Confirmation />;
  return (
    <fieldset class="history-all" aria-label={t('conversations.all.label')}>
      <button
        type="button"
        class="button-quiet"
        data-testid="history-export"
        disabled={isEmpty}
        onClick={() => saveFile(history.fileOfList())}
      >
        {t('conversations.all.export')}
      </button>
      <button
        type="button"
        class="button-quiet"
        data-testid="history-import"
        onClick={() => input.current?.click()}
      >
        {t('conversations.all.import')}
      </button>
      <input
        ref={input}
        type="file"
        hidden
        accept=".json,application/json"
        data-testid="history-file"
        onChange={({ currentTarget }) => {
          const [file] = currentTarget.files ?? [];
          // The same file again is another choice.
          if (file !== undefined) void history.read(file);
          currentTarget.value = '';
        }}
      />
      <button
        type="button"
        class="button-quiet"
        data-testid="history-clear"
        disabled={isEmpty}
        onClick={() => {
          history.isConfirming.value = true;
        }}
      >
        {t('conversations.all.remove')}
      </button>
    </fieldset>
  );
}

function Confirmation() {
  const { conversations, history, tiers } = useSite();
  const count = conversations.list.value.length;
  const others = tiers.tier.value === 'circle' ? 'confirmCircle' : 'confirmTier';
  return (
    <div class="history-confirm" role="alertdialog" aria-labelledby="history-confirm-title">
      <p id="history-confirm-title">
        <strong>{t('conversations.all.confirm', { count, total: formatCount(count) })}</strong>{' '}
        {t(`conversations.all.${others}`)}
      </p>
      <div class="notice-actions">
        <button
          type="button"
          class="button button-small button-danger"
          data-testid="history-clear-yes"
          onClick={() => void history.removeListed()}
        >
          {t('conversations.all.yes')}
        </button>
        <button
          type="button"
          class="button button-small"
          ref={(button) => button?.focus()}
          onClick={() => {
            history.isConfirming.value = false;
          }}
        >
          {t('conversations.all.no')}
        </button>
      </div>
    </div>
  );
}
