import type { DirectoryEntry, Holding } from '@manyhands/protocol/directory';
import { ProtocolError } from '@manyhands/protocol/error';
import type { ToRelay } from '@manyhands/protocol/relay-message';
import { verifyEntry } from '@manyhands/protocol/verify';
import { EMBED_FULL } from '../embed/embed-key.ts';
import type { ReadyModel } from '../models/whole-model.ts';
import type { CoreParts, Proven } from './core-parts.ts';
import { ONLY_OWN_PAGES } from './origin-policy.ts';

/**
 * Takes an announcement into a directory if it is the tab's own, fresh, signed and of models here; or, if
 * it is marked as a circle's, of none of them.
 */
export async function handleAnnounce(
  { directory, circles, models, now, supplies, embeds, entryOf }: CoreParts,
  { connection, identity }: Proven,
  message: ToRelay & { type: 'announce' },
): Promise<void> {
  if (!connection.mayServe) {
    connection.refuse('bad-origin', ONLY_OWN_PAGES);
    return;
  }
  let entry: DirectoryEntry;
  try {
    entry = await verifyEntry(message.entry, now());
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    if (error.code === 'replayed') connection.refuse('stale-entry', error.message);
    else if (error.code === 'bad-signature') connection.strike('bad-signature', error.message);
    else connection.strike('malformed', error.message);
    return;
  }
  // The socket may have gone while the signature was checked.
  if (!connection.isOpen) return;
  if (entry.identity.peerId !== identity.peerId) {
    connection.strike('bad-signature', 'The announcement is of another peer.');
    return;
  }
  const before = entryOf(identity.peerId);
  if (before !== undefined && entry.sequence <= before.sequence) {
    connection.refuse('stale-entry', 'A newer announcement of this tab is known already.');
    return;
  }
  if (!embeds.admitVolunteer(connection.embedKey, identity.peerId)) {
    connection.refuse('embed-full', EMBED_FULL);
    return;
  }
  if (entry.membership !== undefined) {
    if (entry.holdings.some(({ modelRoot }) => models.get(modelRoot) !== undefined)) {
      connection.strike('malformed', 'A circle announces no model that everybody knows.');
      return;
    }
    supplies.settle(identity.peerId);
    directory.remove(identity.peerId);
    circles.directory.put(entry, message.entry, now());
    return;
  }
  for (const holding of entry.holdings) {
    const model = models.get(holding.modelRoot);
    if (model === undefined) {
      connection.refuse('unknown-model', 'This relay has not verified a model that is announced.');
      return;
    }
    const problem = mismatchOf(holding, model);
    if (problem !== undefined) {
      connection.strike('malformed', problem);
      return;
    }
  }
  if (entry.holdings.length > 0) supplies.settle(identity.peerId);
  circles.directory.remove(identity.peerId);
  directory.put(entry, message.entry, now());
}

/** Why nobody can hold this of the model. */
function mismatchOf(holding: Holding, model: ReadyModel): string | undefined {
  if (holding.kind === 'blocks') {
    if (model.kind !== 'blocks') return 'The model runs whole and has no blocks.';
    if (holding.endBlock <= model.blockCount) return undefined;
    return `The model has only ${model.blockCount} blocks.`;
  }
  if (model.kind !== 'embedding') return 'The model does not turn texts into vectors.';
  const { dimension, tokensMax } = model.card;
  const isRight = holding.dimension === dimension && holding.tokensMax <= tokensMax;
  return isRight ? undefined : `The model has ${dimension} numbers for up to ${tokensMax} tokens.`;
}
