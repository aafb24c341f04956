import type { Link } from '@manyhands/swarm/link';
import { trySend } from '../link-io.ts';
import { createSilence, hasSlept, type Silence } from '../silence.ts';
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
  const watched = new Map<Link, Silence>();
  let beaten = new Set<Link>();
  let removeTick: (() => void) | undefined;
  let tickedMs: number | undefined;

  const tick = (nowMs: number): void => {
    const slept = hasSlept(tickedMs, nowMs);
    tickedMs = nowMs;
    for (const link of beaten) trySend(link, { type: 'beat' });
    for (const [link, silence] of watched) {
      if (slept) silence.forgive(nowMs);
      else if (silence.isSilent(nowMs)) {
        // Told once; whoever speaks again before it was replaced is watched from then on.
        silence.forgive(nowMs);
        onSilent(link);
      }
    }
  };
  const stop = (): void => {
    removeTick?.();
    removeTick = undefined;
    tickedMs = undefined;
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
      for (const link of watched.keys()) if (!downstreams.has(link)) watched.delete(link);
      for (const link of downstreams) {
        if (!watched.has(link)) watched.set(link, createSilence(performance.now()));
      }
      if (sessions.size === 0) stop();
      else removeTick ??= ticker.onTick(tick);
    },
    heard: (link, isBeat) => watched.get(link)?.heard(performance.now(), isBeat),
    links: () => beaten,
    dispose: stop,
  };
}
