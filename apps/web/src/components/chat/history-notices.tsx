import type { StorageTrouble } from '../../state/conversation-keeper.ts';
import { formatCount } from '../../state/format.ts';
import { t } from '../../strings/language.ts';
import { Notice } from '../notice.tsx';
import { Rich } from '../rich.tsx';
import { saveFile } from '../save-file.ts';
import { useSite } from '../site-context.ts';

/** What keeps conversations from being kept, for as long as it does; and what could not be read. */
export function HistoryNotices() {
  const { conversations } = useSite();
  const trouble = conversations.trouble.value;
  return (
    <div class="history-notices" role="status">
      {trouble === undefined ? null : <TroubleNotice trouble={trouble} />}
      {conversations.damaged.value.length > 0 ? <DamagedNotice /> : null}
    </div>
  );
}

function describeTrouble(trouble: StorageTrouble, count: number): string {
  if (trouble !== 'full') return t(`conversations.trouble.${trouble}.text`);
  return count === 0
    ? t('conversations.trouble.full.textDeleted')
    : t('conversations.trouble.full.text', { count, total: formatCount(count) });
}

function TroubleNotice({ trouble }: { readonly trouble: StorageTrouble }) {
  const { conversations, history } = useSite();
  const count = conversations.unsavedCount.value;
  const hasAny = conversations.records.value.size > 0;
  return (
    <div data-testid="storage-trouble" data-trouble={trouble}>
      <Notice tone="warning" title={t(`conversations.trouble.${trouble}.title`)}>
        <p>{describeTrouble(trouble, count)}</p>
        {trouble === 'full' ? (
          <p>
            <Rich
              text={t('conversations.trouble.full.remedy')}
              parts={{ storage: (words) => <a href="#/storage">{words}</a> }}
            />
          </p>
        ) : null}
        <div class="notice-actions">
          {hasAny ? (
            <button
              type="button"
              class="button button-small"
              data-testid="storage-export"
              onClick={() => saveFile(history.fileOfAll())}
            >
              {t('conversations.trouble.export')}
            </button>
          ) : null}
          {trouble === 'outdated' ? (
            <button type="button" class="button button-small" onClick={() => location.reload()}>
              {t('conversations.trouble.outdated.reload')}
            </button>
          ) : null}
        </div>
      </Notice>
    </div>
  );
}

function DamagedNotice() {
  const { conversations, history } = useSite();
  const count = conversations.damaged.value.length;
  return (
    <div data-testid="damaged-notice">
      <Notice
        tone="warning"
        title={t('conversations.damaged.title', { count, total: formatCount(count) })}
      >
        <p>{t('conversations.damaged.text')}</p>
        <div class="notice-actions">
          <button
            type="button"
            class="button button-small"
            onClick={() => saveFile(history.fileOfDamaged())}
          >
            {t('conversations.damaged.save')}
          </button>
          <button
            type="button"
            class="button button-small"
            data-testid="damaged-remove"
            onClick={() => void conversations.forgetDamaged()}
          >
            {t('conversations.damaged.remove')}
          </button>
        </div>
      </Notice>
    </div>
  );
}
