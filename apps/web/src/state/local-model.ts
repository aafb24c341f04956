import type { CatalogViewEntry } from '@manyhands/model/catalog';
import type { Peer } from '@manyhands/peer/create-peer';
import { reportError } from '@manyhands/peer/error-report';
import type { VolunteerState } from '@manyhands/peer/volunteer/volunteer-state';
import { computed, type ReadonlySignal, signal } from '@preact/signals';
import type { Connection } from './connection.ts';
import { IDLE_VOLUNTEER } from './contribution.ts';
import type { ContributionSettings } from './contribution-settings.ts';
import { LOCAL_KV_BYTES, LOCAL_WEIGHTS_FACTOR } from './limits.ts';

/** The model that this tab runs for itself, in the tier Local. */
export interface LocalModel {
  readonly state: ReadonlySignal<VolunteerState>;
  /** What can be asked now. */
  readonly readyRoot: ReadonlySignal<string | undefined>;
  readonly isBusy: ReadonlySignal<boolean>;
  /** Only a person's click calls this: it downloads and computes. */
  load(entry: CatalogViewEntry): Promise<void>;
  unload(): Promise<void>;
  /** The peer was closed under it. */
  forget(): void;
}

/** Phases in which nothing is loaded. */
export const RESTING: readonly VolunteerState['phase'][] = ['idle', 'stopped', 'failed'];

export function createLocalModel(deps: {
  readonly connection: Connection;
  readonly settings: ReadonlySignal<Pick<ContributionSettings, 'backend' | 'threads'>>;
}): LocalModel {
  const { connection, settings } = deps;
  const state = signal<VolunteerState>(IDLE_VOLUNTEER);
  let subscribed: Peer | undefined;
  let attempt = 0;

  const follow = (peer: Peer): void => {
    if (subscribed === peer) return;
    subscribed = peer;
    peer.volunteer.subscribe((next) => {
      if (subscribed === peer) state.value = next;
    });
  };

  return {
    state,
    readyRoot: computed(() =>
      state.value.phase === 'serving' ? state.value.modelRoot : undefined,
    ),
    isBusy: computed(() => ![...RESTING, 'serving'].includes(state.value.phase)),
    async load({ modelRoot, blockCount, sizeBytes }) {
      if (modelRoot === undefined) return;
      attempt += 1;
      const mine = attempt;
      state.value = { ...IDLE_VOLUNTEER, phase: 'probing', modelRoot };
      try {
        const peer = await connection.peer();
        if (mine !== attempt) return;
        follow(peer);
        await peer.volunteer.start({
          modelRoot,
          range: { firstBlock: 0, endBlock: blockCount, embeds: true, heads: true },
          memoryBytesMax: Math.ceil(sizeBytes * LOCAL_WEIGHTS_FACTOR) + LOCAL_KV_BYTES,
          // It computes for nobody but the person who waits.
          gpuShare: 1,
          backend: settings.value.backend,
          threadsMax: settings.value.threads ?? undefined,
        });
      } catch (cause) {
        const isTold = state.value.phase === 'failed' || state.value.phase === 'stopped';
        if (mine === attempt && !isTold) {
          state.value = { ...IDLE_VOLUNTEER, phase: 'failed', error: reportError(cause) };
        }
      }
    },
    async unload() {
      attempt += 1;
      await subscribed?.volunteer.stop('at-once');
      if (subscribed === undefined) state.value = IDLE_VOLUNTEER;
    },
    forget() {
      attempt += 1;
      subscribed = undefined;
      state.value = IDLE_VOLUNTEER;
    },
  };
}
