import type { ConditionsWatch } from '@manyhands/peer/volunteer/guest-conditions';
import type { WatchConditions } from '../state/guest.ts';
import { UNSEEN_MS } from './limits.ts';

/** What every tab looks at, and whether this frame is seen. */
export interface FrameConditions {
  readonly watch: WatchConditions;
  setSeen(isSeen: boolean): void;
}

/** Being seen counts at once; being covered only after a moment, so that nothing that passes by pauses. */
export function createFrameConditions(watchTab: WatchConditions): FrameConditions {
  let isSeen = true;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let tell = (): void => undefined;
  const set = (next: boolean): void => {
    if (isSeen === next) return;
    isSeen = next;
    tell();
  };
  return {
    watch(onChange): ConditionsWatch {
      tell = onChange;
      const tab = watchTab(onChange);
      return {
        get current() {
          return { ...tab.current, isOutOfView: !isSeen };
        },
        connectionTold: tab.connectionTold,
        dispose: tab.dispose,
      };
    },
    setSeen(next) {
      clearTimeout(timer);
      if (next) set(true);
      else timer = setTimeout(() => set(false), UNSEEN_MS);
    },
  };
}
