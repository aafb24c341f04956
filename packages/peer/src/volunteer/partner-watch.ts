import type { PeerId } from '@manyhands/protocol/id';
import type { Link } from '@manyhands/swarm/link';
import { createSilenceWatch } from '../silence.ts';
import type { Ticker } from '../ticker.ts';

/** Who works on a session with this stage: each hears it beat. */
export interface Partners {
  readonly owner: Link;
  readonly upstream: PeerId;
  /** None while it is still dialled. */
  readonly downstream?: Link;
}

/** Beats to everybody that a stage's sessions work with, and notices when the next stage falls silent. */
export interface PartnerWatch {
  /** Sessions came, went or were rewired. */
  update(): void;
  heard(link: Link, isBeat: boolean): void;
  links(): ReadonlySet<Link>;
  dispose(): void;
}

/**
 * The next stage is watched from its first beat on: before, it may still be dialling its own, which takes
 * seconds where no direct path leads there, and the requester waits for it with a deadline. Owners are
 * not watched: one that sleeps finds its session again until it has idled for too long. Nor are stages
 * before: without them no step comes, and the requester hears that they are silent.
 */
export function createPartnerWatch(
  ticker: Ticker,
  /** Of sessions that are open, and of those being opened. */
  all: () => Iterable<Partners>,
  linkTo: (peerId: PeerId) => Link | undefined,
  onSilent: (downstream: Link) => void,
): PartnerWatch {
  const watch = createSilenceWatch(ticker, onSilent);
  let downstreams = new Set<Link>();
  let beaten = new Set<Link>();
  let removeTick: (() => void) | undefined;
  const beat = (): void => {
    for (const link of beaten) link.beat();
  };
  const stop = (): void => {
    removeTick?.();
    removeTick = undefined;
  };

  return {
    update() {
      downstreams = new Set();
      beaten = new Set();
      for (const { owner, upstream, downstream } of all()) {
        for (const link of [owner, linkTo(upstream), downstream]) if (link) beaten.add(link);
        if (downstream && downstream !== owner) downstreams.add(downstream);
      }
      for (const link of [...watch.keys]) if (!downstreams.has(link)) watch.end(link);
      if (beaten.size === 0) stop();
      else removeTick ??= ticker.onTick(beat);
    },
    heard(link, isBeat) {
      if (isBeat && downstreams.has(link)) watch.begin(link);
      watch.heard(link, isBeat);
    },
    links: () => beaten,
    dispose() {
      watch.dispose();
      stop();
    },
  };
}
