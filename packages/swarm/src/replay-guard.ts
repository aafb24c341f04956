import { CLOCK_TOLERANCE_MS } from '@manyhands/protocol/limits';
import { REPLAY_NONCES_MAX, REPLAY_SENDERS_MAX } from './limits.ts';

/** Remembers recent signals, so that each is heard once. */
export interface ReplayGuard {
  /** False when the signal is older (or newer) than clocks may differ, or was admitted before. */
  admit(from: string, nonce: string, sentAtMs: number, nowMs: number): boolean;
}

interface Sender {
  /** Nonces with their times, oldest first. */
  readonly seen: Map<string, number>;
  /** At or before this time nothing is admitted: those nonces are forgotten. */
  floorMs: number;
}

export function createReplayGuard(): ReplayGuard {
  const senders = new Map<string, Sender>();
  return {
    admit(from, nonce, sentAtMs, nowMs) {
      // Also false for NaN.
      if (!(Math.abs(nowMs - sentAtMs) <= CLOCK_TOLERANCE_MS)) return false;
      const sender = senders.get(from) ?? { seen: new Map(), floorMs: Number.NEGATIVE_INFINITY };
      if (sentAtMs <= sender.floorMs || sender.seen.has(nonce)) return false;
      sender.seen.set(nonce, sentAtMs);
      if (sender.seen.size > REPLAY_NONCES_MAX) forgetOldest(sender);
      // Re-inserted last, so that the first is the sender unheard for longest. Forgetting it is safe
      // enough: its signals are too old a minute later, and every link has fresh nonces of its own.
      senders.delete(from);
      senders.set(from, sender);
      if (senders.size > REPLAY_SENDERS_MAX) senders.delete(senders.keys().next().value as string);
      return true;
    },
  };
}

function forgetOldest(sender: Sender): void {
  let [oldest, oldestMs] = ['', Number.POSITIVE_INFINITY];
  for (const [nonce, sentAtMs] of sender.seen) {
    if (sentAtMs < oldestMs) [oldest, oldestMs] = [nonce, sentAtMs];
  }
  sender.seen.delete(oldest);
  sender.floorMs = Math.max(sender.floorMs, oldestMs);
}
