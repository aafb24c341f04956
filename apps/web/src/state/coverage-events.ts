import type { NetworkView } from '@manyhands/peer/create-peer';
import { effect, type ReadonlySignal, signal } from '@preact/signals';
import { COVERAGE_EVENTS_MAX } from './limits.ts';

/** Blocks of a model that nobody holds any more, or that somebody holds again. */
export interface CoverageEvent {
  readonly atMs: number;
  readonly kind: 'uncovered' | 'covered';
  readonly modelRoot: string;
  readonly blocks: readonly number[];
}

/** What this tab saw since it was opened, newest first. Forgotten when another tier is chosen. */
export function createCoverageEvents(
  network: ReadonlySignal<NetworkView | undefined>,
  scope: ReadonlySignal<unknown>,
  now: () => number = Date.now,
): ReadonlySignal<readonly CoverageEvent[]> {
  const events = signal<readonly CoverageEvent[]>([]);
  let before: NetworkView | undefined;
  effect(() => {
    void scope.value;
    events.value = [];
  });
  effect(() => {
    const after = network.value;
    // What happened while the relay was out of reach was seen by nobody here.
    if (before !== undefined && after !== undefined) {
      const found = compareCoverage(before, after, now());
      if (found.length > 0) {
        events.value = [...found, ...events.peek()].slice(0, COVERAGE_EVENTS_MAX);
      }
    }
    before = after;
  });
  return events;
}

export function compareCoverage(
  before: NetworkView,
  after: NetworkView,
  atMs: number,
): readonly CoverageEvent[] {
  const roots = new Set([...before.models, ...after.models].map(({ modelRoot }) => modelRoot));
  return [...roots].flatMap((modelRoot) => {
    const [old, young] = [countsIn(before, modelRoot), countsIn(after, modelRoot)];
    const held = (counts: readonly number[], block: number) => (counts[block] ?? 0) > 0;
    const indexes = Array.from({ length: Math.max(old.length, young.length) }, (_, block) => block);
    const uncovered = indexes.filter((block) => held(old, block) && !held(young, block));
    const covered = indexes.filter((block) => !held(old, block) && held(young, block));
    return [
      ...(uncovered.length === 0
        ? []
        : [{ atMs, kind: 'uncovered' as const, modelRoot, blocks: uncovered }]),
      ...(covered.length === 0
        ? []
        : [{ atMs, kind: 'covered' as const, modelRoot, blocks: covered }]),
    ];
  });
}

function countsIn(view: NetworkView, modelRoot: string): readonly number[] {
  return view.models.find((model) => model.modelRoot === modelRoot)?.coverage.blocks ?? [];
}
