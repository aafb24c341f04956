import { coverageOf, withRange } from '@manyhands/planner/coverage';
import { choosePlacement, type PlacementModel } from '@manyhands/planner/placement';
import type { Coverage } from '@manyhands/protocol/directory';
import type { PeerId } from '@manyhands/protocol/id';
import type { Proposal, ToRelay } from '@manyhands/protocol/relay-message';
import type { PlacementSizes } from '../models/placement-sizes.ts';
import type { WholeModel } from '../models/whole-model.ts';
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
  const wanted = modelRoot === undefined ? undefined : models.get(modelRoot);
  // A whole model is only for who asks for it: answers need blocks first.
  const candidates = wanted === undefined ? models.list() : [wanted];
  const { proposal, reason }: { proposal: Proposal | null; reason: string } =
    wanted?.kind === 'embedding'
      ? proposeWhole(wanted, memoryBytes)
      : choosePlacement({
          models: candidates.flatMap((model) =>
            model.kind === 'blocks' ? [placementModel(parts, model, peerId)] : [],
          ),
          memoryBytes,
          random,
        });
  if (proposal !== null) proposals.add(peerId, proposal, now());
  connection.send({
    type: 'placement-proposal',
    requestId,
    proposal,
    reason: reason.slice(0, 500),
  });
}

function proposeWhole(
  { modelRoot, name, memoryBytes: neededBytes }: WholeModel,
  memoryBytes: number,
): { proposal: Proposal | null; reason: string } {
  if (neededBytes > memoryBytes) {
    const mebibytes = Math.ceil(neededBytes / 2 ** 20);
    return { proposal: null, reason: `${name} runs whole: allow at least ${mebibytes} MiB.` };
  }
  return {
    proposal: { kind: 'embedding', modelRoot },
    reason: `${name} turns texts into vectors and runs whole in one tab, as you asked.`,
  };
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
