import { WATCHES_MAX } from '@manyhands/protocol/limits';
import type { ToRelay } from '@manyhands/protocol/relay-message';
import type { CoreParts, Proven } from './core-parts.ts';

/** Starts (or repeats) a watch of one verified model, or of what a circle has in its place. */
export function handleWatch(
  { models, watches, circles, embeds }: CoreParts,
  { connection, identity }: Proven,
  { modelRoot, candidatesMax, isBlinded }: ToRelay & { type: 'watch' },
): void {
  if ((isBlinded === true) === (models.get(modelRoot) !== undefined)) {
    const text = isBlinded
      ? 'This is a model that everybody knows, not a circle: reload the page.'
      : 'This relay has not verified that model: reload the page.';
    connection.refuse('unknown-model', text);
    return;
  }
  const chosen = isBlinded ? circles.watches : watches;
  const isNew = !chosen.isWatching(connection, modelRoot);
  const count = watches.countOf(connection) + circles.watches.countOf(connection);
  if (isNew && count >= WATCHES_MAX) {
    connection.refuse('over-limit', `At most ${WATCHES_MAX} models can be watched at a time.`);
    return;
  }
  // One answer watches its model for as long as it runs: all that a relay that sees no text can count.
  if (isNew && !embeds.admitPrompt(connection.embedKey, identity.peerId)) {
    connection.refuse('embed-busy', 'This site has asked enough for this minute: try again soon.');
    return;
  }
  chosen.watch(connection, modelRoot, candidatesMax);
}
