import type { VolunteerOptions, VolunteerState } from '@manyhands/peer/volunteer/volunteer-state';
import { MeasuredSpeed } from '@manyhands/protocol/relay-message';
import { readStored, writeStored } from './stored.ts';

const KEY = 'manyhands.measured-speed';

/** How fast this browser served last, kept so that the relay can place it by that next time. */
export interface MeasuredSpeedMemory {
  readonly known: VolunteerOptions['measured'];
  take(state: VolunteerState): void;
}

export function createMeasuredSpeedMemory(storage: Storage | undefined): MeasuredSpeedMemory {
  let known = readStored(storage, KEY, MeasuredSpeed);
  return {
    get known() {
      return known;
    },
    take({ phase, modelRoot, msPerBlock, numericClass }) {
      if (phase !== 'serving' || modelRoot === undefined) return;
      if (msPerBlock === undefined || numericClass === undefined) return;
      if (known?.modelRoot === modelRoot && known.msPerBlock === msPerBlock) return;
      known = { modelRoot, msPerBlock, numericClass };
      writeStored(storage, KEY, known);
    },
  };
}
