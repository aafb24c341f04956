import type { BenchCase, BenchEvent, BenchRow } from '@manyhands/engine/bench/bench-report';
import {
  BENCH_SHAPE_IDS,
  BENCH_SHAPES,
  BENCH_TYPES,
  fits,
} from '@manyhands/engine/bench/bench-shapes';
import { BACKENDS } from '@manyhands/engine/worker/choose-backend';
import type { EngineReport } from '@manyhands/engine/worker/engine-api';
import { type ErrorReport, reportError } from '@manyhands/peer/error-report';
import { type ReadonlySignal, signal } from '@preact/signals';
import { type KeptBench, readKeptBench, withRows, writeKeptBench } from './bench-memory.ts';

export type BenchExtent = 'quick' | 'full';

export interface BenchState {
  readonly phase: 'idle' | 'running' | 'done' | 'stopped' | 'failed';
  readonly extent: BenchExtent;
  readonly device?: EngineReport;
  /** What is measured now, and how many cases there are. */
  readonly current?: BenchCase;
  readonly caseCount: number;
  readonly rows: readonly BenchRow[];
  readonly error?: ErrorReport;
}

/** The engine's benchmark on this device; nothing is computed before `run`. */
export interface BenchRun {
  readonly state: ReadonlySignal<BenchState>;
  /** What this browser kept of runs before the one that is shown. */
  readonly before: ReadonlySignal<KeptBench>;
  choose(extent: BenchExtent): void;
  run(): Promise<void>;
  stop(): void;
}

/** Starts measuring; the code of the engine is fetched only then. */
export type StartBench = (
  cases: readonly BenchCase[],
  onEvent: (event: BenchEvent) => void,
) => Promise<{ stop(): void }>;

export async function startBench(
  cases: readonly BenchCase[],
  onEvent: (event: BenchEvent) => void,
): Promise<{ stop(): void }> {
  const { createBench } = await import('@manyhands/engine/bench/create-bench');
  return createBench(cases, onEvent);
}

export function createBenchRun(
  start: StartBench,
  storage?: Storage,
  now: () => number = Date.now,
): BenchRun {
  const state = signal<BenchState>({ phase: 'idle', extent: 'quick', caseCount: 0, rows: [] });
  const before = signal<KeptBench>(readKeptBench(storage));
  let running: { stop(): void } | undefined;
  let attempt = 0;

  const change = (changes: Partial<BenchState>): void => {
    state.value = { ...state.value, ...changes };
  };
  const hear = (event: BenchEvent): void => {
    switch (event.type) {
      case 'device':
        change({ device: event.device });
        break;
      case 'case':
        change({ current: event.benchCase });
        break;
      case 'row':
        change({ rows: [...state.value.rows, event.row] });
        break;
      case 'done':
        change({ phase: 'done' });
        writeKeptBench(storage, withRows(readKeptBench(storage), state.value.rows, now()));
        break;
      case 'failed':
        change({ phase: 'failed', error: { code: event.code, message: event.message } });
        break;
      default:
        event satisfies never;
    }
  };

  return {
    state,
    before,
    choose(extent) {
      if (state.value.phase !== 'running') change({ extent });
    },
    async run() {
      if (state.value.phase === 'running') return;
      attempt += 1;
      const mine = attempt;
      const { extent } = state.value;
      const cases = listCases(extent);
      before.value = readKeptBench(storage);
      state.value = { phase: 'running', extent, caseCount: cases.length, rows: [] };
      try {
        const started = await start(cases, (event) => {
          if (mine === attempt) hear(event);
        });
        if (mine === attempt) running = started;
        else started.stop();
      } catch (cause) {
        // Offline, or a new version of the site replaced the file.
        if (mine === attempt) change({ phase: 'failed', error: reportError(cause) });
      }
    },
    stop() {
      attempt += 1;
      running?.stop();
      running = undefined;
      if (state.value.phase === 'running') change({ phase: 'stopped' });
    },
  };
}

/** Quick: the smallest shape, in the two types most files have. Everything that fits its rows else. */
export function listCases(extent: BenchExtent): BenchCase[] {
  const shapes = extent === 'quick' ? BENCH_SHAPE_IDS.slice(0, 1) : BENCH_SHAPE_IDS;
  const types = extent === 'quick' ? (['Q4_0', 'Q8_0'] as const) : BENCH_TYPES;
  return shapes.flatMap((shape) =>
    types
      .filter((type) => fits(BENCH_SHAPES[shape], type))
      .flatMap((type) =>
        BACKENDS.map((backend): BenchCase => ({ shape, type, backend, blockCount: 2 })),
      ),
  );
}
