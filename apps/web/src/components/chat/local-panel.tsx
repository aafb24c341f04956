import { describeDownload } from '../../state/contribution-view.ts';
import { formatBytes } from '../../state/format.ts';
import { t } from '../../strings/language.ts';
import { ErrorNotice } from '../notice.tsx';
import { Rich } from '../rich.tsx';
import { useSite } from '../site-context.ts';

const strong = (words: string) => <strong>{words}</strong>;

/** Alone, the tab has to hold the model itself: with a click, as everything that downloads and computes. */
export function LocalPanel() {
  const { chat, localModel } = useSite();
  const entry = chat.model.value?.entry;
  const state = localModel.state.value;
  if (entry === undefined) return null;
  const isReady = localModel.readyRoot.value === entry.modelRoot;
  const load = (): void => void localModel.load(entry);
  if (localModel.isBusy.value) return <Loading />;
  return (
    <section class="local-panel" aria-label={t('chat.local.label')} data-testid="local-panel">
      {state.phase === 'failed' && state.error !== undefined ? (
        <ErrorNotice error={state.error} handlers={{ retry: load }} />
      ) : null}
      {isReady ? (
        <>
          <p>
            <Rich
              text={t('chat.local.ready', {
                model: entry.name,
                size: formatBytes(state.weightBytes),
              })}
              parts={{ strong }}
            />
          </p>
          <button
            type="button"
            class="button button-small"
            data-testid="local-unload"
            disabled={chat.isAnswering.value}
            onClick={() => void localModel.unload()}
          >
            {t('chat.local.unload')}
          </button>
        </>
      ) : (
        <>
          <p>
            <Rich
              text={t('chat.local.missing', {
                model: entry.name,
                size: formatBytes(entry.sizeBytes),
              })}
              parts={{ strong }}
            />
          </p>
          <button
            type="button"
            class="button button-primary button-small"
            data-testid="local-load"
            onClick={load}
          >
            {t('chat.local.load')}
          </button>
        </>
      )}
    </section>
  );
}

function Loading() {
  const { localModel } = useSite();
  const state = localModel.state.value;
  const download = describeDownload(state);
  return (
    <section class="local-panel" aria-label={t('chat.local.label')} data-testid="local-panel">
      <div class="download">
        <progress
          max={1}
          value={download?.fraction ?? 0}
          aria-label={download?.label ?? t('chat.local.loading')}
        />
        <p role="status">
          <span>{download?.label ?? t('chat.local.looking')}</span>
          <span>{download?.detail ?? ''}</span>
        </p>
      </div>
      <button
        type="button"
        class="button button-small"
        data-testid="local-cancel"
        onClick={() => void localModel.unload()}
      >
        {t('chat.local.cancel')}
      </button>
    </section>
  );
}
