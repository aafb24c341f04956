import type { ModelRoot, PeerId } from '@manyhands/protocol/id';
import type { Announcement } from './announcer.ts';
import type { Circle } from './circle.ts';
import { createCircleRoster } from './circle-roster.ts';
import type { RelayLink } from './relay-link.ts';

/** How a circle meets: by announcing and watching, under roots that only members can name. */
export type CircleRelay = Pick<RelayLink, 'announce' | 'withdraw' | 'watch'>;

/** The part of a relay link that would tell which model it is about, for members of a circle. */
export function createCircleRelay(options: {
  readonly relay: CircleRelay;
  readonly circle: Pick<Circle, 'blind' | 'tagEntry' | 'provesEntry'>;
  readonly peerId: PeerId;
}): CircleRelay {
  const { relay, circle, peerId } = options;
  const blindedRoots = new Map<ModelRoot, ModelRoot>();
  /** Names the last order to announce: an older one that is still being prepared is not carried out. */
  let latest = 0;

  const prepare = async (modelRoots: readonly ModelRoot[]): Promise<string> => {
    for (const root of modelRoots) {
      if (!blindedRoots.has(root)) blindedRoots.set(root, await circle.blind(root));
    }
    return circle.tagEntry(peerId);
  };
  /** A root that is not blinded yet is left out: it must not leave this tab. */
  const blinded = ({ holdings, ...what }: Announcement, membership: string): Announcement => ({
    ...what,
    holdings: holdings.flatMap((holding) => {
      const modelRoot = blindedRoots.get(holding.modelRoot);
      return modelRoot === undefined ? [] : [{ ...holding, modelRoot }];
    }),
    membership,
  });

  return {
    announce(describe) {
      latest += 1;
      const mine = latest;
      prepare(describe().holdings.map(({ modelRoot }) => modelRoot)).then(
        (membership) => {
          if (mine === latest) relay.announce(() => blinded(describe(), membership));
        },
        // The circle has expired: nobody is to find this tab any more.
        () => {
          if (mine === latest) relay.withdraw();
        },
      );
    },
    withdraw() {
      latest += 1;
      relay.withdraw();
    },
    watch: (modelRoot) =>
      createCircleRoster({ modelRoot, circle, watch: (root) => relay.watch(root, true) }),
  };
}
