import type { StageRange } from '@manyhands/engine/stage';
import type { RelayLink } from '@manyhands/swarm/relay-link';
import { PeerError } from '../error.ts';
import { relayOpen } from '../relay-open.ts';
import type { Placement, VolunteerOptions } from './volunteer-state.ts';

/** What a volunteer is about to hold, and why. */
export type ChosenJob = { readonly modelRoot: string; readonly placement: Placement } & (
  | { readonly job: 'blocks'; readonly range: StageRange }
  | { readonly job: 'embedding' }
);

/** A range that was named by hand, else what the relay proposes. Rejects with `nothing-to-hold`. */
export async function chooseJob(
  relay: Pick<RelayLink, 'state' | 'error' | 'subscribe' | 'requestPlacement'>,
  options: VolunteerOptions,
  signal: AbortSignal,
): Promise<ChosenJob> {
  await relayOpen(relay, signal);
  const { modelRoot, range, memoryBytesMax } = options;
  if (modelRoot !== undefined && range) {
    return { job: 'blocks', modelRoot, range, placement: { code: 'by-hand' } };
  }
  const measured = measuredOf(options);
  const { proposal, reason, why } = await relay.requestPlacement(
    {
      memoryBytes: memoryBytesMax,
      ...(modelRoot !== undefined && { modelRoot }),
      ...(measured !== undefined && { measured }),
    },
    signal,
  );
  if (!proposal) throw new PeerError('nothing-to-hold', reason);
  if (modelRoot !== undefined && proposal.modelRoot !== modelRoot) {
    throw new PeerError('nothing-to-hold', 'The relay proposed another model than was asked for.');
  }
  const { kind, modelRoot: proposedRoot } = proposal;
  const placement: Placement = why ?? { code: 'told', text: reason };
  const chosen = { modelRoot: proposedRoot, placement };
  if (kind === 'embedding') return { job: kind, ...chosen };
  const { firstBlock, endBlock, embeds, heads } = proposal;
  return { job: kind, range: { firstBlock, endBlock, embeds, heads }, ...chosen };
}

/** Only of what will compute: another backend is of another class, and as fast by chance. */
function measuredOf({ measured, backend = 'auto' }: VolunteerOptions) {
  if (backend === 'auto' || measured?.numericClass.startsWith(`${backend}-`)) return measured;
  return undefined;
}
