import type { Link } from '@manyhands/swarm/link';
import { trySend } from '../link-io.ts';
import { createSilenceWatch } from '../silence.ts';
import type { Ticker } from '../ticker.ts';
import type { HostedSession } from './hosted-session.ts';

/** Beats to everybody that a stage's sessions work with, and notices when the next stage falls silent. */
export interface PartnerWatch {
  /** Sessions came, went or were rewired. */
  update(): void;
  heard(link: Link, isBeat: boolean): void;
  links(): ReadonlySet<Link>;
  dispose(): void;
}

/**
 * Owners are not watched: one that sleeps finds its session again until it has idled for too long. Nor
 * are stages before: without them no step comes, and the requester hears that they are silent.
 */
export function createPartnerWatch(
  ticker: Ticker,
  sessions: ReadonlyMap<string, HostedSession>,
  upstreamOf: (session: HostedSession) => Link | undefined,
  onSilent: (downstream: Link) => void,
): PartnerWatch {
  const watch = createSilenceWatch(ticker, onSilent);
  let beaten = new Set<Link>();
  let removeTick: (() => void) | undefined;
  const beat = (): void => {
    for (const link of beaten) trySend(link, { type: 'beat' });
  };
  const stop = (): void => {
    removeTick?.();
    removeTick = undefined;
  };

  return {
    update() {
      const downstreams = new Set<Link>();
      beaten = new Set();
      for (const session of sessions.values()) {
        const { owner, downstream } = session;
        const upstream = upstreamOf(session);
        for (const link of [owner, downstream, ...(upstream ? [upstream] : [])]) beaten.add(link);
        if (downstream !== owner) downstreams.add(downstream);
      }
      for (const link of [...watch.keys]) if (!downstreams.has(link)) watch.end(link);
      for (const link of downstreams) watch.begin(link);
      if (sessions.size === 0) stop();
      else removeTick ??= ticker.onTick(beat);
    },
    heard: watch.heard,
    links: () => beaten,
    dispose() {
      watch.dispose();
      stop();
    },
  };
}
