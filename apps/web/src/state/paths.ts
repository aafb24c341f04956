import type { PathSettings } from '@manyhands/peer/join-swarm';
import { type ReadonlySignal, signal } from '@preact/signals';
import * as v from 'valibot';
import { readStored, writeStored } from './stored.ts';

/** How this tab may be connected with others, as the person chose it; kept between visits. */
export interface Paths {
  readonly settings: ReadonlySignal<PathSettings>;
  change(changes: Partial<PathSettings>): void;
}

const StoredPaths = v.strictObject({ isRelayOnly: v.boolean(), takesRelayed: v.boolean() });
const KEY = 'manyhands.paths';

export function createPaths(storage?: Storage): Paths {
  const stored = readStored(storage, KEY, StoredPaths);
  const settings = signal<PathSettings>(stored ?? { isRelayOnly: false, takesRelayed: true });
  return {
    settings,
    change: (changes) => {
      settings.value = { ...settings.value, ...changes };
      writeStored(storage, KEY, settings.value);
    },
  };
}
