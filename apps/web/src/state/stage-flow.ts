import type { StageWork } from '@manyhands/peer/volunteer/volunteer-state';
import { type ReadonlySignal, signal } from '@preact/signals';
import { FLOW_WINDOW_MS, PULSE_INTERVAL_MS } from './limits.ts';

/** What passed, by kind. */
export interface Passed {
  readonly prefillRows: number;
  readonly decodeSteps: number;
  readonly replayRows: number;
}

/** Steps that are shown as one light: more than a few a second would only flicker. */
export interface Pulse extends Omit<StageWork, 'tokenCount'>, Passed {}

/** What passed in the last seconds. */
export interface Flow extends Passed {
  readonly seconds: number;
}

export interface StageFlow {
  /** Changes a few times a second while something passes; undefined while nothing does. */
  readonly flow: ReadonlySignal<Flow | undefined>;
  /** Hears pulses, none while the page is hidden, until the returned function is called. */
  follow(onPulse: (pulse: Pulse) => void): () => void;
}

export interface StageFlowDeps {
  readonly watch: (listener: (work: StageWork) => void) => () => void;
  readonly isHidden: () => boolean;
  readonly nowMs?: () => number;
}

export function createStageFlow(deps: StageFlowDeps): StageFlow {
  const { watch, isHidden, nowMs = () => performance.now() } = deps;
  const flow = signal<Flow | undefined>(undefined);
  return {
    flow,
    follow(onPulse) {
      let waiting: Pulse | undefined;
      let shown: { readonly pulse: Pulse; readonly atMs: number }[] = [];
      const stop = watch((work) => {
        if (!isHidden()) waiting = merge(waiting, work);
      });
      const timer = setInterval(() => {
        const now = nowMs();
        if (waiting !== undefined) {
          shown.push({ pulse: waiting, atMs: now });
          onPulse(waiting);
          waiting = undefined;
        }
        shown = shown.filter(({ atMs }) => atMs > now - FLOW_WINDOW_MS);
        const pulses = shown.map(({ pulse }) => pulse);
        if (pulses.length > 0 || flow.peek() !== undefined) flow.value = summarizeFlow(pulses);
      }, PULSE_INTERVAL_MS);
      return () => {
        stop();
        clearInterval(timer);
        flow.value = undefined;
      };
    },
  };
}

/** Two steps as one light; of different kinds, it looks like the one for which somebody waits. */
export function merge(pulse: Pulse | undefined, { tokenCount, ...work }: StageWork): Pulse {
  const { kind } = work;
  const passed: Passed = {
    prefillRows: (pulse?.prefillRows ?? 0) + (kind === 'prefill' ? tokenCount : 0),
    decodeSteps: (pulse?.decodeSteps ?? 0) + (kind === 'decode' ? 1 : 0),
    replayRows: (pulse?.replayRows ?? 0) + (kind === 'replay' ? tokenCount : 0),
  };
  if (pulse === undefined) return { ...work, ...passed };
  return {
    kind: pulse.kind === kind ? kind : 'decode',
    firstBlock: Math.min(pulse.firstBlock, work.firstBlock),
    endBlock: Math.max(pulse.endBlock, work.endBlock),
    embeds: pulse.embeds || work.embeds,
    heads: pulse.heads || work.heads,
    isFromRequester: pulse.isFromRequester || work.isFromRequester,
    ...passed,
  };
}

function summarizeFlow(pulses: readonly Pulse[]): Flow | undefined {
  if (pulses.length === 0) return undefined;
  const sum = (field: keyof Passed): number =>
    pulses.reduce((total, pulse) => total + pulse[field], 0);
  return {
    prefillRows: sum('prefillRows'),
    decodeSteps: sum('decodeSteps'),
    replayRows: sum('replayRows'),
    seconds: FLOW_WINDOW_MS / 1_000,
  };
}
