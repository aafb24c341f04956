import type { CheckResult } from '@manyhands/peer/preflight/check';
import { type ReadonlySignal, signal } from '@preact/signals';
import type { Connection } from './connection.ts';
import { formatPlural } from './format.ts';

export type PreflightDepth = 'quiet' | 'thorough';
export type RunPreflight = (depth: PreflightDepth) => Promise<readonly CheckResult[]>;

/** Whether this browser can contribute, as far as it was looked at. */
export interface Preflight {
  readonly results: ReadonlySignal<readonly CheckResult[]>;
  readonly isRunning: ReadonlySignal<boolean>;
  /** `quiet` asks nobody outside of the page; `thorough` is for a person's click. */
  run(depth: PreflightDepth): Promise<void>;
}

export function createPreflight(runChecks: RunPreflight): Preflight {
  const results = signal<readonly CheckResult[]>([]);
  const isRunning = signal(false);
  let latest = 0;
  return {
    results,
    isRunning,
    async run(depth) {
      latest += 1;
      const mine = latest;
      isRunning.value = true;
      try {
        const found = await runChecks(depth);
        if (mine === latest) results.value = found;
      } catch {
        // Its code did not load: the page's own notices say what is broken, and the button tries again.
      } finally {
        if (mine === latest) isRunning.value = false;
      }
    },
  };
}

/**
 * What the relay recommends; undefined where it is not known (yet). A person who asked for everything
 * waits for the relay, though not for long.
 */
export async function reachIceServers(
  { peer, status, iceServers }: Pick<Connection, 'peer' | 'status' | 'iceServers'>,
  timeoutMs: number,
): Promise<ReturnType<Connection['iceServers']> | undefined> {
  const known = () => (status.value.state === 'open' ? iceServers() : undefined);
  if (timeoutMs === 0) return known();
  // A failure shows in `status`.
  peer().catch(() => undefined);
  let stop = (): void => undefined;
  const settled = new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, timeoutMs);
    const unsubscribe = status.subscribe(({ state }) => {
      if (state === 'open' || state === 'failed') resolve();
    });
    stop = () => {
      clearTimeout(timer);
      unsubscribe();
    };
  });
  await settled;
  stop();
  return known();
}

export interface PreflightView {
  readonly tone: 'good' | 'warning' | 'bad' | 'busy';
  readonly summary: string;
  /** Problems first, then what could be better, then the rest as it came. */
  readonly results: readonly CheckResult[];
}

const ORDER: Record<CheckResult['level'], number> = { problem: 0, warning: 1, ok: 2, unknown: 3 };

/** One line, and the list below it. */
export function describePreflight(
  results: readonly CheckResult[],
  isRunning: boolean,
): PreflightView {
  const sorted = [...results].sort((a, b) => ORDER[a.level] - ORDER[b.level]);
  if (results.length === 0) {
    const summary = isRunning ? 'Looking at this browser…' : 'This browser was not looked at yet.';
    return { tone: 'busy', summary, results: sorted };
  }
  const count = (level: CheckResult['level']): number =>
    results.filter((result) => result.level === level).length;
  const [problems, warnings] = [count('problem'), count('warning')];
  if (problems > 0) {
    const summary = `This browser cannot contribute yet: ${formatPlural(problems, 'problem')}.`;
    return { tone: 'bad', summary, results: sorted };
  }
  if (warnings > 0) {
    const things = formatPlural(warnings, 'thing');
    const summary = `This browser can contribute; ${things} could be better.`;
    return { tone: 'warning', summary, results: sorted };
  }
  return { tone: 'good', summary: 'This browser can contribute.', results: sorted };
}

const NAMES: Record<CheckResult['id'], string> = {
  'secure-context': 'Address',
  compute: 'Processor',
  gpu: 'GPU',
  webrtc: 'Connections',
  nat: 'Router',
  'local-network': 'Local network',
  storage: 'Storage',
  memory: 'Memory',
  battery: 'Power',
  visibility: 'Visibility',
};

export function nameOfCheck(id: CheckResult['id']): string {
  return NAMES[id];
}
