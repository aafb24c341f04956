import { identityOf, type PeerId } from '@manyhands/protocol/id';
import {
  HISTORY_EVERY_SECONDS,
  HISTORY_SAMPLES_MAX,
  TALLY_TOKENS_PER_MINUTE_MAX,
} from '../limits.ts';
import type { Directory } from './directory.ts';

/** One moment of the public network; nobody in a circle counts. */
export interface HistorySample {
  /** Unix time in seconds. */
  readonly at: number;
  /** Tabs in the directory that serve. */
  readonly volunteers: number;
  /** Browser profiles they belong to. */
  readonly identities: number;
  /** Of answers, as volunteers said they served them since the sample before. */
  readonly tokens: number;
}

/** What the network was like over the last day, in this process's memory alone. */
export interface History {
  /** A volunteer says how much it served; what is beyond belief is not counted. */
  count(peerId: PeerId, tokens: number): void;
  tick(nowMs: number): void;
  read(): { readonly everyS: number; readonly samples: readonly HistorySample[] };
}

export function createHistory(options: {
  readonly directory: Pick<Directory, 'get' | 'records'>;
  readonly startMs: number;
  /** Shorter in tests. */
  readonly everyS?: number | undefined;
}): History {
  const { directory, startMs, everyS = HISTORY_EVERY_SECONDS } = options;
  const tokensMax = Math.ceil((TALLY_TOKENS_PER_MINUTE_MAX * everyS) / 60);
  const samples: HistorySample[] = [];
  const tallies = new Map<string, number>();
  let nextMs = startMs + everyS * 1_000;

  const sample = (nowMs: number): HistorySample => {
    let volunteers = 0;
    const identities = new Set<string>();
    for (const { entry } of directory.records()) {
      if (entry.state !== 'serving' || entry.holdings.length === 0) continue;
      volunteers += 1;
      identities.add(identityOf(entry.identity.peerId));
    }
    const tokens = [...tallies.values()].reduce((sum, each) => sum + each, 0);
    return { at: Math.floor(nowMs / 1_000), volunteers, identities: identities.size, tokens };
  };

  return {
    count(peerId, tokens) {
      // Only the last stage of a chain has answers to count, and only in public.
      const holdings = directory.get(peerId)?.entry.holdings ?? [];
      if (!holdings.some((holding) => holding.kind === 'blocks' && holding.heads)) return;
      const identity = identityOf(peerId);
      tallies.set(identity, Math.min(tokensMax, (tallies.get(identity) ?? 0) + tokens));
    },
    tick(nowMs) {
      if (nowMs < nextMs) return;
      samples.push(sample(nowMs));
      if (samples.length > HISTORY_SAMPLES_MAX) samples.shift();
      tallies.clear();
      // A machine that slept has a gap, not a row of samples of one moment.
      nextMs = Math.max(nextMs, nowMs - everyS * 500) + everyS * 1_000;
    },
    read: () => ({ everyS, samples: [...samples] }),
  };
}
