import { type ReadonlySignal, signal } from '@preact/signals';
import * as v from 'valibot';
import { WATTS_DEFAULT, WATTS_MAX, WATTS_MIN } from './limits.ts';
import { readStored, writeStored } from './stored.ts';

/** What this device draws while it computes. No browser tells, so the person does. */
export interface Energy {
  readonly watts: ReadonlySignal<number>;
  /** Rounded and bounded; what is no number changes nothing. */
  change(watts: number): void;
}

const KEY = 'manyhands.energy';
const StoredEnergy = v.strictObject({
  watts: v.pipe(v.number(), v.integer(), v.minValue(WATTS_MIN), v.maxValue(WATTS_MAX)),
});

export function createEnergy(storage: Storage | undefined): Energy {
  const watts = signal(readStored(storage, KEY, StoredEnergy)?.watts ?? WATTS_DEFAULT);
  return {
    watts,
    change(next) {
      if (!Number.isFinite(next)) return;
      watts.value = Math.min(WATTS_MAX, Math.max(WATTS_MIN, Math.round(next)));
      writeStored(storage, KEY, { watts: watts.value });
    },
  };
}

/** Watt hours of a time in which the device really computed: rests cost nothing extra. */
export function energyOf(busyMs: number, watts: number): number {
  return (busyMs / 3_600_000) * watts;
}
