import type { GuestConditions } from '@manyhands/peer/volunteer/choose-pause';
import type { WatchConditions } from '../state/guest.ts';

/** A browser whose battery, connection and visibility a test decides. */
export interface ConditionsDouble {
  readonly watch: WatchConditions;
  change(changes: Partial<GuestConditions>): void;
}

export function createConditionsDouble(): ConditionsDouble {
  let current: GuestConditions = { isHidden: false, isOnBattery: false, isMetered: false };
  const listeners = new Set<() => void>();
  return {
    watch(onChange) {
      listeners.add(onChange);
      return {
        get current() {
          return current;
        },
        connectionTold: 'kind',
        dispose: () => listeners.delete(onChange),
      };
    },
    change(changes) {
      current = { ...current, ...changes };
      for (const listener of listeners) listener();
    },
  };
}
