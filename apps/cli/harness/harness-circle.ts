import { type Circle, deriveCircleKeys, openCircle } from '@manyhands/swarm/circle';
import { readInvite } from '@manyhands/swarm/circle-invite';
import type { HarnessCircle } from './tab-harness.ts';

/**
 * Opens a circle as a page does. One that poses goes where members are and repeats what a relay can see
 * of them; it believes everybody, since it wants to be believed.
 */
export async function openHarnessCircle({ invite, posing }: HarnessCircle): Promise<Circle> {
  const circle = openCircle(await deriveCircleKeys(await readInvite(invite, Date.now())));
  if (posing === undefined) return circle;
  return {
    ...circle,
    blind: async () => posing.blindedRoot,
    tagEntry: async () => posing.membership,
    provesEntry: async () => true,
    verify: async () => true,
  };
}
