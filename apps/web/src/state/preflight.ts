import type { CheckResult, Finding } from '@manyhands/peer/preflight/check';
import { type ReadonlySignal, signal } from '@preact/signals';
import { en } from '../strings/en.ts';
import { t } from '../strings/language.ts';
import type { Connection } from './connection.ts';
import { formatBytes, formatCount } from './format.ts';

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
    const summary = isRunning ? t('preflight.looking') : t('preflight.notYet');
    return { tone: 'busy', summary, results: sorted };
  }
  const count = (level: CheckResult['level']): number =>
    results.filter((result) => result.level === level).length;
  const [problems, warnings] = [count('problem'), count('warning')];
  if (problems > 0) {
    return { tone: 'bad', summary: t('preflight.problems', { count: problems }), results: sorted };
  }
  if (warnings > 0) {
    const summary = t('preflight.warnings', { count: warnings });
    return { tone: 'warning', summary, results: sorted };
  }
  return { tone: 'good', summary: t('preflight.good'), results: sorted };
}

/** What was found, in a sentence. */
export function describeFinding({ finding, values }: CheckResult): string {
  return t(`preflight.found.${finding}`, {
    name: values?.name || t('preflight.unnamed'),
    memory: formatCount(values?.memoryGb ?? 0),
    free: formatBytes(values?.freeBytes ?? 0),
  });
}

/** What to do about it, where there is something to do. */
export function describeRemedy({ finding }: Pick<CheckResult, 'finding'>): string | undefined {
  return hasRemedy(finding) ? t(`preflight.remedies.${finding}`) : undefined;
}

type Remediable = keyof typeof en.preflight.remedies;

function hasRemedy(finding: Finding): finding is Remediable {
  return Object.hasOwn(en.preflight.remedies, finding);
}
