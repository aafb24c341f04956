import type { DeviceSizes } from '@manyhands/model/device-sizes';
import { blockBytesOf, choosePlacement, type PlacementModel } from '@manyhands/planner/placement';
import { BLOCK_MS_MIN, createModelSupply } from '@manyhands/planner/supply';
import type { MeasuredSpeed } from '@manyhands/protocol/relay-message';
import type { RelayLink } from '@manyhands/swarm/relay-link';
import type { Roster } from '@manyhands/swarm/roster';
import type { CatalogClient } from '../catalog-client.ts';
import { PeerError } from '../error.ts';
import { CIRCLE_MODELS_MAX, CIRCLE_ROSTER_WAIT_MS } from '../limits.ts';
import { rosterChanged } from '../requester/watch-roster.ts';
import { type ReadyEntry, readyEntries } from './ready-entries.ts';

type PlacementProposal = Awaited<ReturnType<RelayLink['requestPlacement']>>;

export interface CirclePlacement {
  readonly watch: (modelRoot: string) => Roster;
  readonly catalog: Pick<CatalogClient, 'read'>;
  /** What parts of a model cost on a device. */
  readonly readSizes: (modelRoot: string, signal: AbortSignal) => Promise<DeviceSizes>;
  readonly peerId: string;
  readonly memoryBytes: number;
  readonly modelRoot?: string;
  /** Of what this tab served before; it stays here. */
  readonly measured?: MeasuredSpeed;
}

/**
 * What a newcomer to a circle should hold. It chooses itself, from what members announce: the relay does
 * not know what they hold. Nobody keeps two newcomers of one moment apart; the next one sees both.
 */
export async function proposePlacement(
  placement: CirclePlacement,
  signal: AbortSignal = new AbortController().signal,
): Promise<PlacementProposal> {
  const { catalog, memoryBytes, modelRoot } = placement;
  const { entries } = await catalog.read(signal);
  const ready = readyEntries(entries);
  const wanted = ready.find((entry) => entry.modelRoot === modelRoot);
  if (wanted?.embedding !== undefined) {
    const reason = `${wanted.name} turns texts into vectors and runs whole in one tab, as you asked.`;
    return answer({ kind: 'embedding', modelRoot: wanted.modelRoot }, reason, { code: 'as-asked' });
  }
  if (modelRoot !== undefined && wanted === undefined) {
    throw new PeerError('model-not-ready', 'This relay does not know the model: choose another.');
  }
  const candidates = wanted
    ? [wanted]
    : ready.filter(({ embedding }) => embedding === undefined).slice(0, CIRCLE_MODELS_MAX);
  const models = await Promise.all(
    candidates.map((entry) => placementModel(placement, entry, signal)),
  );
  const speed = speedOf(models, placement.measured);
  const request = { models, memoryBytes, ...speed, random: Math.random };
  const { proposal, reason, why } = choosePlacement(request);
  return answer(proposal, reason, why);
}

/** What this tab measured, for models of any size, where the measured one is among these. */
function speedOf(models: readonly PlacementModel[], measured: MeasuredSpeed | undefined) {
  const model = models.find(({ modelRoot }) => modelRoot === measured?.modelRoot);
  if (measured === undefined || model === undefined) return {};
  const bytesPerMs = blockBytesOf(model) / Math.max(measured.msPerBlock, BLOCK_MS_MIN);
  return { bytesPerMs, numericClass: measured.numericClass };
}

async function placementModel(
  { watch, readSizes, peerId }: CirclePlacement,
  { modelRoot, name }: ReadyEntry,
  signal: AbortSignal,
): Promise<PlacementModel> {
  const roster = watch(modelRoot);
  try {
    const sizes = await readSizes(modelRoot, signal);
    if (!roster.isCurrent) await rosterChanged(roster, CIRCLE_ROSTER_WAIT_MS, signal);
    const supply = createModelSupply(sizes.blockCount);
    let demand = 0;
    for (const { identity, holdings, numericClass, state, sessions } of roster.entries) {
      if (identity.peerId === peerId || state === 'drains') continue;
      demand = Math.max(demand, sessions);
      for (const holding of holdings) {
        const isHeld = holding.kind === 'blocks' && holding.endBlock <= sizes.blockCount;
        if (isHeld) supply.add({ ...holding, numericClass });
      }
    }
    return { modelRoot, name, ...sizes, supply, demand };
  } finally {
    roster.dispose();
  }
}

function answer(
  proposal: PlacementProposal['proposal'],
  reason: string,
  why?: PlacementProposal['why'],
): PlacementProposal {
  return { type: 'placement-proposal', requestId: 0, proposal, reason, ...(why && { why }) };
}
