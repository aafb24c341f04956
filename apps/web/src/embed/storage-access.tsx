import { useSignal } from '@preact/signals';
import { useSite } from '../components/site-context.ts';
import { formatPeerId } from '../state/format.ts';
import { t } from '../strings/language.ts';
import { useEmbed } from './embed-context.ts';

/** Whose identity this frame has, and the way to the visitor's own. */
export function StorageAccess() {
  const { storage, requestStorage } = useEmbed();
  const { connection } = useSite();
  const isRefused = useSignal(false);
  const state = storage.state.value;
  const peerId = connection.peerId.value;
  const name = peerId === undefined ? '' : ` (${formatPeerId(peerId)})`;
  if (state === 'granted') {
    return (
      <p class="fine" data-testid="embed-storage" data-state={state} data-peer-id={peerId}>
        {t('embed.storage.granted', { name, host: location.host })}
      </p>
    );
  }
  if (!storage.canRequest) return null;
  return (
    <p class="fine" data-testid="embed-identity" data-state={state} data-peer-id={peerId}>
      {t('embed.storage.own', { name })}{' '}
      <button
        type="button"
        class="link"
        data-testid="embed-use-identity"
        onClick={() => {
          void requestStorage().then((isGranted) => {
            isRefused.value = !isGranted;
          });
        }}
      >
        {t('embed.storage.use')}
      </button>
      {isRefused.value ? (
        <span role="status"> {t('embed.storage.refused', { host: location.host })}</span>
      ) : null}
    </p>
  );
}
