import { describeRelay } from '../state/relay-view.ts';
import { useSite } from './site-context.ts';

/** A dot and a word that tell at any time whether this tab can reach the others. */
export function RelayDot() {
  const { connection } = useSite();
  const { state } = connection.status.value;
  const { word, sentence, tone } = describeRelay(state);
  return (
    <span class={`relay-dot tone-${tone}`} role="status" title={sentence} data-state={state}>
      <span class="dot" aria-hidden="true" />
      <span class="relay-word">{word}</span>
    </span>
  );
}
