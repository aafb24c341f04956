import { WATCHES_MAX } from '@manyhands/protocol/limits';
import type { ToRelay } from '@manyhands/protocol/relay-message';
import type { CoreParts, Proven } from './core-parts.ts';

/** Starts (or repeats) a watch of one verified model. */
export function handleWatch(
  { models, watches, embeds }: CoreParts,
  { connection, identity }: Proven,
  { modelRoot, candidatesMax }: ToRelay & { type: 'watch' },
): void {
  if (models.get(modelRoot) === undefined) {
    connection.refuse('unknown-model', 'This relay has not verified that model: reload the page.');
    return;
  }
  const isNew = !watches.isWatching(connection, modelRoot);
  if (isNew && watches.countOf(connection) >= WATCHES_MAX) {
    connection.refuse('over-limit', `At most ${WATCHES_MAX} models can be watched at a time.`);
    return;
  }
  // One answer watches its model for as long as it runs: all that a relay that sees no text can count.
  if (isNew && !embeds.admitPrompt(connection.embedKey, identity.peerId)) {
    connection.refuse('embed-busy', 'This site has asked enough for this minute: try again soon.');
    return;
  }
  watches.watch(connection, modelRoot, candidatesMax);
}
