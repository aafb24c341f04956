import { useSignal } from '@preact/signals';
import { useSite } from '../components/site-context.ts';
import { formatPeerId } from '../state/format.ts';
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
        This frame uses your Manyhands identity{name}. Under Contribute on {location.host} you find
        the sites where it may begin by itself.
      </p>
    );
  }
  if (!storage.canRequest) return null;
  return (
    <p class="fine" data-testid="embed-identity" data-state={state} data-peer-id={peerId}>
      This frame has an identity of its own{name}, for this site alone.{' '}
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
        Use my Manyhands identity here
      </button>
      {isRefused.value ? (
        <span role="status">
          {' '}
          The browser did not allow it. Open {location.host} once, then try again here.
        </span>
      ) : null}
    </p>
  );
}
