import {
  blockBytesOf,
  choosePlacement,
  type Newcomer,
  type PlacementModel,
} from '@manyhands/planner/placement';
import { BLOCK_MS_MIN } from '@manyhands/planner/supply';
import type { PeerId } from '@manyhands/protocol/id';
import type { PlacementWhy } from '@manyhands/protocol/placement-why';
import type { MeasuredSpeed, Proposal, ToRelay } from '@manyhands/protocol/relay-message';
import { EMBED_FULL } from '../embed/embed-key.ts';
import type { PlacementSizes } from '../models/placement-sizes.ts';
import type { WholeModel } from '../models/whole-model.ts';
import type { CoreParts, Proven } from './core-parts.ts';
import { ONLY_OWN_PAGES } from './origin-policy.ts';

interface Proposed {
  readonly proposal: Proposal | null;
  readonly reason: string;
  readonly why?: PlacementWhy;
  readonly msPerBlock?: number;
}

/** Proposes what a newcomer should hold, given what everybody else holds or was asked to hold. */
export function handlePlacement(
  parts: CoreParts,
  { connection, identity }: Proven,
  { requestId, memoryBytes, modelRoot, measured }: ToRelay & { type: 'placement-request' },
): void {
  const { models, supplies, now, random } = parts;
  // What is proposed counts as held for a while.
  if (!connection.mayServe) {
    connection.refuse('bad-origin', ONLY_OWN_PAGES);
    return;
  }
  if (modelRoot !== undefined && models.get(modelRoot) === undefined) {
    connection.refuse('unknown-model', 'This relay has not verified that model: choose another.');
    return;
  }
  const { peerId } = identity;
  if (!parts.embeds.admitVolunteer(connection.embedKey, peerId)) {
    connection.refuse('embed-full', EMBED_FULL);
    return;
  }
  const wanted = modelRoot === undefined ? undefined : models.get(modelRoot);
  // A whole model is only for who asks for it: answers need blocks first.
  const candidates = wanted === undefined ? models.list() : [wanted];
  const {
    proposal,
    reason,
    why,
    msPerBlock = 0,
  }: Proposed = wanted?.kind === 'embedding'
    ? proposeWhole(wanted, memoryBytes)
    : choosePlacement({
        models: candidates.flatMap((model) =>
          model.kind === 'blocks' ? [placementModel(parts, model, peerId)] : [],
        ),
        memoryBytes,
        ...speedOf(parts, memoryBytes, measured),
        random,
      });
  if (proposal !== null) {
    const expected = { msPerBlock, numericClass: measured?.numericClass };
    supplies.propose(peerId, proposal, expected, now());
  }
  connection.send({
    type: 'placement-proposal',
    requestId,
    proposal,
    reason: reason.slice(0, 500),
    ...(why && { why }),
  });
}

function proposeWhole(
  { modelRoot, name, memoryBytes: neededBytes }: WholeModel,
  memoryBytes: number,
): Proposed {
  if (neededBytes > memoryBytes) {
    const mebibytes = Math.ceil(neededBytes / 2 ** 20);
    return { proposal: null, reason: `${name} runs whole: allow at least ${mebibytes} MiB.` };
  }
  return {
    proposal: { kind: 'embedding', modelRoot },
    reason: `${name} turns texts into vectors and runs whole in one tab, as you asked.`,
    why: { code: 'as-asked' },
  };
}

/**
 * What a tab measured, for models of any size; else what tabs that give as much memory did. It is
 * believed: it decides nothing but the tab's own place.
 */
function speedOf(
  { models, supplies }: CoreParts,
  memoryBytes: number,
  measured: MeasuredSpeed | undefined,
): Pick<Newcomer, 'bytesPerMs' | 'numericClass'> {
  const model = measured && models.get(measured.modelRoot);
  if (measured !== undefined && model?.kind === 'blocks') {
    const { msPerBlock, numericClass } = measured;
    return { numericClass, bytesPerMs: blockBytesOf(model) / Math.max(msPerBlock, BLOCK_MS_MIN) };
  }
  const bytesPerMs = supplies.speedFor(memoryBytes);
  return bytesPerMs === undefined ? {} : { bytesPerMs };
}

function placementModel(
  { supplies, watches, now }: CoreParts,
  sizes: PlacementSizes,
  except: PeerId,
): PlacementModel {
  const { modelRoot, blockCount } = sizes;
  const supply = supplies.supplyOf(modelRoot, blockCount, except, now());
  // Who wants answers of a model watches it, whether it can be used or not.
  const demand = Math.max(watches.watchersOf(modelRoot), supplies.sessionsOf(modelRoot));
  return { ...sizes, supply, demand };
}
