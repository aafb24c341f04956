import type { GuestConditions } from './choose-pause.ts';

/** The battery and the connection as some browsers describe them; TypeScript's DOM knows neither. */
interface BatteryLike extends EventTarget {
  readonly charging: boolean;
}
interface ConnectionLike extends EventTarget {
  readonly saveData?: boolean;
  readonly type?: string;
}

/** A `Navigator` with what some browsers add to it. */
export interface GuestNavigator {
  readonly getBattery?: () => Promise<BatteryLike>;
  readonly connection?: ConnectionLike;
}

export interface ConditionsScope {
  readonly document: Pick<Document, 'visibilityState' | 'addEventListener' | 'removeEventListener'>;
  readonly navigator: GuestNavigator;
}

/** Conditions of one tab, kept current by the browser's events. */
export interface ConditionsWatch {
  readonly current: GuestConditions;
  /** What the browser tells of the connection: nothing, whether to save, or also what kind it is. */
  readonly connectionTold: 'nothing' | 'saving' | 'kind';
  dispose(): void;
}

/** Follows visibility, battery and connection. `onChange` runs after each change. */
export function watchConditions(
  { document, navigator }: ConditionsScope,
  onChange: () => void,
): ConditionsWatch {
  const abort = new AbortController();
  const { signal } = abort;
  let battery: BatteryLike | undefined;
  document.addEventListener('visibilitychange', onChange, { signal });
  const { connection } = navigator;
  connection?.addEventListener('change', onChange, { signal });
  navigator.getBattery?.().then(
    (found) => {
      if (signal.aborted) return;
      battery = found;
      found.addEventListener('chargingchange', onChange, { signal });
      onChange();
    },
    // A policy may forbid it: then the browser does not tell.
    () => undefined,
  );
  return {
    get current() {
      return {
        isHidden: document.visibilityState === 'hidden',
        isOnBattery: battery && !battery.charging,
        isMetered: isMetered(connection),
      };
    },
    connectionTold:
      connection === undefined ? 'nothing' : connection.type === undefined ? 'saving' : 'kind',
    dispose: () => abort.abort(),
  };
}

function isMetered(connection: ConnectionLike | undefined): boolean | undefined {
  if (connection === undefined) return undefined;
  return connection.saveData === true || connection.type === 'cellular';
}
