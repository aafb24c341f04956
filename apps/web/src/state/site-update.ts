import { computed, effect, type ReadonlySignal, signal } from '@preact/signals';
import { UPDATE_DRAIN_MS } from './limits.ts';

/**
 * `ready`: a new version waits. `broken`: a part of this one is gone. `answering`: a reload would cut an
 * answer off, which is asked about. `after-answer` and `draining`: it comes by itself.
 */
export type UpdateStep = 'none' | 'ready' | 'broken' | 'answering' | 'after-answer' | 'draining';

/** From one version of the site to the next, without taking anything from anybody. */
export interface SiteUpdate {
  readonly step: ReadonlySignal<UpdateStep>;
  /** Whether reloading ends a contribution. */
  readonly isServing: ReadonlySignal<boolean>;
  /** A newer version waits, or another tab let it in. */
  offer(): void;
  /** A script of this version could not be fetched. */
  reportBroken(): void;
  /** Reloads with the newest version, after what runs for others; asks about an answer first. */
  reload(): void;
  /** Where an answer is being written. */
  reloadNow(): void;
  reloadAfterAnswer(): void;
  /** Not on this visit, unless something breaks. */
  dismiss(): void;
}

export interface SiteUpdateDeps {
  readonly isAnswering: ReadonlySignal<boolean>;
  readonly isServing: ReadonlySignal<boolean>;
  /** Drains as the person's Stop does. */
  readonly stopServing: () => Promise<void>;
  readonly takeNewest: () => Promise<void>;
  readonly reloadPage: () => void;
  readonly wait?: (ms: number) => Promise<void>;
}

export function createSiteUpdate(deps: SiteUpdateDeps): SiteUpdate {
  const { isAnswering, isServing, wait = waitFor } = deps;
  const step = signal<UpdateStep>('none');
  let isDismissed = false;

  async function go(): Promise<void> {
    if (step.peek() === 'draining') return;
    step.value = 'draining';
    if (isServing.peek()) {
      // A drain that gets stuck must not keep the page.
      await Promise.race([deps.stopServing(), wait(UPDATE_DRAIN_MS)]);
    }
    await deps.takeNewest();
    deps.reloadPage();
  }

  const show = (next: 'ready' | 'broken'): void => {
    if (step.peek() === 'none' || step.peek() === 'ready') step.value = next;
  };
  effect(() => {
    if (step.value === 'after-answer' && !isAnswering.value) void go();
  });
  return {
    step,
    isServing: computed(() => isServing.value),
    offer: () => {
      if (!isDismissed) show('ready');
    },
    reportBroken: () => show('broken'),
    reload: () => {
      if (isAnswering.peek()) step.value = 'answering';
      else void go();
    },
    reloadNow: () => void go(),
    reloadAfterAnswer: () => {
      step.value = 'after-answer';
    },
    dismiss: () => {
      isDismissed = true;
      step.value = 'none';
    },
  };
}

function waitFor(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
