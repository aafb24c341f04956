import type { Transport } from '@manyhands/swarm/link';
import { PREPARED_LINKS_MAX } from '../limits.ts';
import type { ChainStage } from './answer.ts';
import type { Chain } from './chain.ts';
import type { Router } from './router.ts';

/**
 * Links to whoever could replace a stage are opened while nothing is lost: dialling is the longest part
 * of a repair. From the requester, and from the stages next to the place. Returns a stopper.
 */
export function keepSpares(options: {
  readonly router: Router;
  readonly transport: Transport;
  readonly chain: Chain;
  readonly stages: readonly ChainStage[];
  readonly positionsMax: number;
}): () => void {
  const { router, transport, chain, stages, positionsMax } = options;
  const asked = new Map<string, Set<string>>();
  const prepare = (at: ChainStage | undefined, sparePeerId: string): void => {
    if (!at) return;
    const known = asked.get(at.peerId) ?? new Set();
    if (known.has(sparePeerId) || known.size >= PREPARED_LINKS_MAX) return;
    asked.set(at.peerId, known.add(sparePeerId));
    chain.prepareLink(at.peerId, sparePeerId);
  };
  const update = (): void => {
    for (const [index, spare] of router.chooseSpares(stages, positionsMax).entries()) {
      if (!spare) continue;
      // Whoever cannot be reached now is found out again when it matters.
      transport.connect(spare.peerId).catch(() => undefined);
      prepare(stages[index - 1], spare.peerId);
      prepare(stages[index + 1], spare.peerId);
    }
  };
  update();
  return router.onChange(update);
}
