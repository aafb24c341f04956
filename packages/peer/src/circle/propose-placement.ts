import type { DeviceSizes } from '@manyhands/model/device-sizes';
import { choosePlacement, type PlacementModel } from '@manyhands/planner/placement';
import { createModelSupply } from '@manyhands/planner/supply';
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
    return answer({ kind: 'embedding', modelRoot: wanted.modelRoot }, reason);
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
  const { proposal, reason } = choosePlacement({ models, memoryBytes, random: Math.random });
  return answer(proposal, reason);
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

function answer(proposal: PlacementProposal['proposal'], reason: string): PlacementProposal {
  return { type: 'placement-proposal', requestId: 0, proposal, reason };
}
