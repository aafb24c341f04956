import { coverageOf, withRange } from '@manyhands/planner/coverage';
import { choosePlacement, type PlacementModel } from '@manyhands/planner/placement';
import type { Coverage } from '@manyhands/protocol/directory';
import type { PeerId } from '@manyhands/protocol/id';
import type { ToRelay } from '@manyhands/protocol/relay-message';
import type { PlacementSizes } from '../models/placement-sizes.ts';
import type { CoreParts, Proven } from './core-parts.ts';

/** Proposes what a newcomer should hold, given what everybody else holds or was asked to hold. */
export function handlePlacement(
  parts: CoreParts,
  { connection, identity }: Proven,
  { requestId, memoryBytes, modelRoot }: ToRelay & { type: 'placement-request' },
): void {
  const { models, proposals, now, random } = parts;
  if (modelRoot !== undefined && models.get(modelRoot) === undefined) {
    connection.refuse('unknown-model', 'This relay has not verified that model: choose another.');
    return;
  }
  const { peerId } = identity;
  const candidates = modelRoot === undefined ? models.list() : [models.get(modelRoot)];
  const choice = choosePlacement({
    models: candidates.flatMap((model) => (model ? [placementModel(parts, model, peerId)] : [])),
    memoryBytes,
    random,
  });
  const { proposal, reason } = choice;
  if (proposal !== null) proposals.add(peerId, proposal, now());
  connection.send({
    type: 'placement-proposal',
    requestId,
    proposal,
    reason: reason.slice(0, 500),
  });
}

function placementModel(
  { directory, proposals, now }: CoreParts,
  sizes: PlacementSizes,
  except: PeerId,
): PlacementModel {
  const { modelRoot, blockCount } = sizes;
  const others = [...directory.holdersOf(modelRoot)].filter(([peerId]) => peerId !== except);
  const entries = others.map(([, record]) => record.entry);
  const held = coverageOf(modelRoot, blockCount, entries);
  const coverage = proposals
    .rangesOf(modelRoot, except, now())
    .reduce<Coverage>((sum, range) => withRange(sum, range), held);
  return { ...sizes, coverage };
}
