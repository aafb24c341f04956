import { describeDownload } from '../../state/contribution-view.ts';
import { formatBytes } from '../../state/format.ts';
import { ErrorNotice } from '../notice.tsx';
import { useSite } from '../site-context.ts';

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
    <section class="local-panel" aria-label="Model in this tab" data-testid="local-panel">
      {state.phase === 'failed' && state.error !== undefined ? (
        <ErrorNotice error={state.error} handlers={{ retry: load }} />
      ) : null}
      {isReady ? (
        <>
          <p>
            <strong>{entry.name}</strong> is in this tab ({formatBytes(state.weightBytes)}) and
            answers you alone.
          </p>
          <button
            type="button"
            class="button button-small"
            data-testid="local-unload"
            disabled={chat.isAnswering.value}
            onClick={() => void localModel.unload()}
          >
            Unload
          </button>
        </>
      ) : (
        <>
          <p>
            <strong>{entry.name}</strong> has to be in this tab first: up to{' '}
            {formatBytes(entry.sizeBytes)} to download once, kept in this browser. It then computes
            your own answers, and nobody else’s, until you unload it or close the tab.
          </p>
          <button
            type="button"
            class="button button-primary button-small"
            data-testid="local-load"
            onClick={load}
          >
            Load it
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
    <section class="local-panel" aria-label="Model in this tab" data-testid="local-panel">
      <div class="download">
        <progress
          max={1}
          value={download?.fraction ?? 0}
          aria-label={download?.label ?? 'Loading'}
        />
        <p role="status">
          <span>{download?.label ?? 'Looking at what this browser can do…'}</span>
          <span>{download?.detail ?? ''}</span>
        </p>
      </div>
      <button
        type="button"
        class="button button-small"
        data-testid="local-cancel"
        onClick={() => void localModel.unload()}
      >
        Cancel
      </button>
    </section>
  );
}
