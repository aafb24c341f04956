import type { DirectoryEntry } from '@manyhands/protocol/directory';
import type { ModelRoot, PeerId } from '@manyhands/protocol/id';
import { HOP_MS } from './chain.ts';

export interface EmbedderRequest {
  readonly modelRoot: ModelRoot;
  readonly entries: readonly DirectoryEntry[];
  readonly requesterPeerId: PeerId;
  /** Who failed already. */
  readonly exclude?: ReadonlySet<PeerId>;
  /** Breaks ties so that equal volunteers share the load; without it the first entry wins. */
  readonly random?: () => number;
}

/** One volunteer for a whole-model job, or why there is none. */
export type EmbedderChoice =
  | {
      readonly kind: 'volunteer';
      readonly peerId: PeerId;
      readonly numericClass: string;
      readonly predictedMs: number;
    }
  | { readonly kind: 'none'; readonly code: 'no-volunteers'; readonly message: string };

/** Chooses who turns texts into vectors: serving, with a free place, and the soonest to answer. */
export function chooseEmbedder(request: EmbedderRequest): EmbedderChoice {
  const { modelRoot, entries, requesterPeerId, exclude, random } = request;
  let best: (EmbedderChoice & { kind: 'volunteer' }) | undefined;
  let ties = 0;
  let holderCount = 0;
  for (const { identity, holdings, state, sessions, sessionsMax, numericClass } of entries) {
    const { peerId } = identity;
    for (const holding of holdings) {
      if (holding.kind !== 'embedding' || holding.modelRoot !== modelRoot) continue;
      holderCount += 1;
      if (state !== 'serving' || sessions >= sessionsMax || exclude?.has(peerId)) continue;
      // There and back.
      const hopMs = peerId === requesterPeerId ? 0 : 2 * HOP_MS;
      // Whoever waits there already goes first.
      const predictedMs = hopMs + holding.msPerText * (1 + sessions);
      if (best !== undefined && predictedMs > best.predictedMs) continue;
      ties = predictedMs === best?.predictedMs ? ties + 1 : 1;
      // Reservoir sampling: each of the equal ones is kept with the same probability.
      if (ties > 1 && (random === undefined || random() * ties >= 1)) continue;
      best = { kind: 'volunteer', peerId, numericClass, predictedMs };
    }
  }
  if (best !== undefined) return best;
  const message =
    holderCount === 0
      ? 'Nobody holds this model now: choose it under Contribute in a tab, or choose another model.'
      : 'The volunteers that hold this model are busy, leaving or failed: try again in a moment.';
  return { kind: 'none', code: 'no-volunteers', message };
}
