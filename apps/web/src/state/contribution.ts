import type { Peer } from '@manyhands/peer/create-peer';
import { type ErrorReport, reportError } from '@manyhands/peer/error-report';
import type { GuestRules } from '@manyhands/peer/volunteer/choose-pause';
import type {
  StageWork,
  VolunteerOptions,
  VolunteerState,
} from '@manyhands/peer/volunteer/volunteer-state';
import { computed, effect, type ReadonlySignal, signal, untracked } from '@preact/signals';
import type { CatalogState } from './catalog.ts';
import type { Connection } from './connection.ts';
import type { ContributionHistory } from './contribution-history.ts';
import { choosePreset, limitsOf, type Preset } from './contribution-presets.ts';
import {
  type ContributionSettings,
  createSettingsStore,
  type SettingsStore,
} from './contribution-settings.ts';
import { createDataUsage, createTrafficMeter, type DataUsage } from './data-usage.ts';
import type { Environment } from './environment.ts';
import { createGuest, type Guest, type WatchConditions } from './guest.ts';
import { ACTIVE_COUNT_INTERVAL_MS } from './limits.ts';
import { createMeasuredSpeedMemory } from './measured-speed.ts';
import { createServingRate, type ServingRate } from './serving-rate.ts';
import { createWorkMeter } from './work-meter.ts';

/** What this tab gives. Lives outside the pages: walking through the site stops nothing. */
export interface Contribution {
  readonly state: ReadonlySignal<VolunteerState>;
  readonly settings: ReadonlySignal<ContributionSettings>;
  readonly guest: Guest;
  readonly usage: DataUsage;
  readonly rate: ServingRate;
  /** The preset that the limits are, or none of them. */
  readonly preset: ReadonlySignal<Preset | 'custom'>;
  /** From the click on Start until Stop has ended. */
  readonly isActive: ReadonlySignal<boolean>;
  /** Why this browser cannot contribute at all; known before anything is asked of it. */
  readonly obstacle: ErrorReport | undefined;
  change(settings: Partial<ContributionSettings>): void;
  /** Moves the limits that a preset decides; memory applies at the next start. */
  applyPreset(preset: Preset): void;
  /** Applies at once, also while it contributes. */
  changeRules(rules: Partial<GuestRules>): void;
  /** Hears of each step of the stage, whichever peer serves. */
  watchWork(listener: (work: StageWork) => void): () => void;
  /** Only a person's click calls this: it is the consent. A pause by hand is over with it. */
  start(): Promise<void>;
  /** Lets running answers end within a bound; pressed again it ends them at once. */
  stop(): Promise<void>;
  /** The peer was closed under it: nothing is given any more. */
  forget(): void;
}

export interface ContributionDeps {
  readonly connection: Connection;
  readonly catalog: CatalogState;
  readonly environment: Environment;
  readonly storage: Storage | undefined;
  /** Where the limits are kept; in `storage`, as the site has them, unless a frame has its own. */
  readonly settingsStore?: SettingsStore | undefined;
  readonly watchConditions: WatchConditions;
  /** Where what was given is added up; frames have none. */
  readonly history?: ContributionHistory | undefined;
  /**
   * Whether what was measured may be kept: it names the model, and a relay is told it at the next start. Of
   * a circle's models it must not know.
   */
  readonly remembersSpeed?: () => boolean;
}

export const IDLE_VOLUNTEER: VolunteerState = {
  phase: 'idle',
  weightBytes: 0,
  kvBytes: 0,
  sessionCount: 0,
  linkCount: 0,
  tokensServed: 0,
  bytesSent: 0,
  bytesReceived: 0,
  recoveries: 0,
  isRelayConnected: false,
};

const RESTING: readonly VolunteerState['phase'][] = ['idle', 'stopped', 'failed'];

export function createContribution(deps: ContributionDeps): Contribution {
  const { connection, catalog, environment, storage, history, remembersSpeed = () => true } = deps;
  const { settingsStore = createSettingsStore(storage, environment.deviceMemoryGb) } = deps;
  const state = signal<VolunteerState>(IDLE_VOLUNTEER);
  const settings = signal(settingsStore.read());
  const isOpening = signal(false);
  const isActive = computed(() => !RESTING.includes(state.value.phase));
  const usage = createDataUsage(storage);
  const speeds = createMeasuredSpeedMemory(storage);
  const rules = computed(() => settings.value.rules);
  const guest = createGuest({ rules, usage, watch: deps.watchConditions });
  const rate = createServingRate({
    tokensServed: () => state.peek().tokensServed,
    isHidden: () => guest.conditions.peek().isHidden,
  });
  const countWork = createWorkMeter((counts) => history?.add(counts));
  const workListeners = new Set<(work: StageWork) => void>();
  effect(() => {
    if (!isActive.value) return undefined;
    const stops = untracked(() => [guest.followClock(), rate.follow()]);
    const timer = setInterval(() => countWork(state.peek()), ACTIVE_COUNT_INTERVAL_MS);
    return () => {
      clearInterval(timer);
      for (const stop of stops) stop();
    };
  });
  let subscribed: Peer | undefined;
  let attempt = 0;
  let stopPausing = (): void => undefined;

  function follow(peer: Peer): void {
    if (subscribed === peer) return;
    subscribed = peer;
    const meter = createTrafficMeter((bytesUp, bytesDown) => {
      usage.add(bytesUp, bytesDown);
      history?.add({ bytesUp, bytesDown });
    });
    peer.volunteer.watchWork((work) => {
      if (subscribed === peer) for (const listener of workListeners) listener(work);
    });
    peer.volunteer.subscribe((next) => {
      if (subscribed !== peer) return;
      state.value = next;
      meter(next);
      countWork(next);
      if (remembersSpeed()) speeds.take(next);
    });
    stopPausing();
    stopPausing = effect(() => peer.volunteer.setPause(guest.pause.value));
  }

  async function start(): Promise<void> {
    if (isOpening.value || !RESTING.includes(state.value.phase)) return;
    attempt += 1;
    const mine = attempt;
    isOpening.value = true;
    state.value = { ...IDLE_VOLUNTEER, phase: 'probing' };
    guest.rest(undefined);
    try {
      const peer = await connection.peer();
      // Stop was pressed while the code was loading.
      if (mine !== attempt) return;
      follow(peer);
      isOpening.value = false;
      // As they are now: sliders may have moved while the code was loading.
      const { known: measured } = speeds;
      await peer.volunteer.start({
        ...volunteerOptions(settings.value, catalog),
        ...(measured && { measured }),
      });
    } catch (cause) {
      if (mine === attempt) fail(reportError(cause));
    } finally {
      if (mine === attempt) isOpening.value = false;
    }
  }

  function fail(error: ErrorReport): void {
    // The volunteer reports its own failures with more detail; and a stop makes start reject.
    if (RESTING.includes(state.value.phase) && state.value.phase !== 'idle') return;
    state.value = { ...IDLE_VOLUNTEER, phase: 'failed', error };
  }

  async function stop(): Promise<void> {
    attempt += 1;
    isOpening.value = false;
    if (subscribed === undefined) {
      state.value = { ...IDLE_VOLUNTEER, phase: 'stopped' };
      return;
    }
    try {
      await subscribed.volunteer.stop();
    } catch (cause) {
      // The person must not be left looking at “stopping”; closing the tab frees the GPU for certain.
      state.value = { ...IDLE_VOLUNTEER, phase: 'failed', error: reportError(cause) };
    }
  }

  function forget(): void {
    attempt += 1;
    subscribed = undefined;
    stopPausing();
    usage.save();
    void history?.save();
    isOpening.value = false;
    if (!RESTING.includes(state.value.phase)) state.value = { ...IDLE_VOLUNTEER, phase: 'stopped' };
  }

  const change = (changes: Partial<ContributionSettings>): void => {
    settings.value = { ...settings.value, ...changes };
    settingsStore.write(settings.value);
    if (changes.gpuShare !== undefined) subscribed?.volunteer.setGpuShare(changes.gpuShare);
  };

  return {
    state,
    settings,
    guest,
    usage,
    rate,
    preset: computed(() => choosePreset(settings.value, environment.deviceMemoryGb)),
    isActive,
    obstacle: findObstacle(environment),
    change,
    applyPreset(preset) {
      const { rules: chosen, ...limits } = limitsOf(preset, environment.deviceMemoryGb);
      change({ ...limits, rules: { ...settings.value.rules, ...chosen } });
    },
    watchWork(listener) {
      workListeners.add(listener);
      return () => workListeners.delete(listener);
    },
    changeRules: (changes) => change({ rules: { ...settings.value.rules, ...changes } }),
    start,
    stop,
    forget,
  };
}

/** Checked before consent, so without asking for an adapter. */
export function findObstacle(environment: Environment): ErrorReport | undefined {
  if (!environment.isSecureContext) {
    return { code: 'insecure-context', message: 'The page is not in a secure context.' };
  }
  if (!environment.hasWebGpu && !environment.hasWasmSimd) {
    return { code: 'no-webgpu', message: 'Neither WebGPU nor WebAssembly SIMD is there.' };
  }
  if (!environment.hasWebRtc) {
    return { code: 'webrtc-unavailable', message: 'RTCPeerConnection is missing.' };
  }
  return undefined;
}

function volunteerOptions(settings: ContributionSettings, catalog: CatalogState): VolunteerOptions {
  const { memoryBytes, gpuShare, modelId, backend, threads } = settings;
  const threadsMax = threads ?? undefined;
  const limits = { memoryBytesMax: memoryBytes, gpuShare, backend, threadsMax };
  const entry = catalog.entries.value.find(({ id }) => id === modelId);
  // A model that left the catalogue must not keep a willing tab from helping with another.
  return entry?.status === 'ready' && entry.modelRoot !== undefined
    ? { ...limits, modelRoot: entry.modelRoot }
    : limits;
}
