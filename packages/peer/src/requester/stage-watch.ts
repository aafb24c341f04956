import { createSilence, hasSlept, type Silence } from '../silence.ts';
import type { Ticker } from '../ticker.ts';

/** Notices when a stage of a chain stops beating: a frozen tab, or a path that was cut. */
export interface StageWatch {
  /** The stage opened its session, and beats from now on. */
  begin(peerId: string): void;
  heard(peerId: string, isBeat: boolean): void;
  dispose(): void;
}

export function createStageWatch(ticker: Ticker, onSilent: (peerId: string) => void): StageWatch {
  const watched = new Map<string, Silence>();
  let removeTick: (() => void) | undefined;
  let tickedMs: number | undefined;
  const tick = (nowMs: number): void => {
    const slept = hasSlept(tickedMs, nowMs);
    tickedMs = nowMs;
    for (const [peerId, silence] of watched) {
      if (slept) silence.forgive(nowMs);
      else if (silence.isSilent(nowMs)) {
        watched.delete(peerId);
        onSilent(peerId);
      }
    }
  };
  return {
    begin(peerId) {
      watched.set(peerId, createSilence(performance.now()));
      removeTick ??= ticker.onTick(tick);
    },
    heard: (peerId, isBeat) => watched.get(peerId)?.heard(performance.now(), isBeat),
    dispose() {
      removeTick?.();
      watched.clear();
    },
  };
}
