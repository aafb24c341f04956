import type {
  CheckedAnswer,
  ContenderName,
  DeviceCounts,
  Loaded,
  LoadRequest,
} from '../../../harness/bench/bench-messages.ts';
import type { KernelTime } from '../measure/kernel-timer.ts';
import type { TimingPlan, Timings } from '../measure/time-contender.ts';
import { compareAnswers } from '../report/agreement.ts';
import type { Agreement, Batch } from '../report/bench-report.ts';
import { median } from '../report/speeds.ts';
import type { ContenderPage } from './contender-page.ts';

/** Bounds of single calls: a rival that hangs is a failure, not the end of the benchmark. */
const LOAD_TIMEOUT_MS = 5 * 60_000;
const CHECK_TIMEOUT_MS = 5 * 60_000;
const TIME_TIMEOUT_MS = 5 * 60_000;
const SHORT_TIMEOUT_MS = 2 * 60_000;
/** Every quantity may exceed its budget by the run that it was in. */
const QUANTITIES = 4;

const CHECK_PROMPT_TOKENS = 9;
const CHECK_DECODE_TOKENS = 2;
/** How long the prompt is at each answer that is checked. */
export const CHECKED_COUNTS: readonly number[] = Array.from(
  { length: 1 + CHECK_DECODE_TOKENS },
  (_, decoded) => CHECK_PROMPT_TOKENS + decoded,
);
const BATCH_SESSIONS = 4;

/** As a share of the largest log-probability; see docs/bench.md. */
const TOLERANCE = { ort: 0.05, wllama: 0.1, ours: 0.05 };

export interface ContenderRun {
  readonly load: LoadRequest;
  readonly plan: TimingPlan;
  /** What ours say where nothing is rounded. */
  readonly reference: readonly CheckedAnswer[];
}

export type RunResult =
  | { readonly type: 'disagrees'; readonly agreement: Agreement }
  | {
      readonly type: 'measured';
      readonly loaded: Loaded;
      readonly agreement: Agreement;
      readonly timings: Timings;
      readonly counts: DeviceCounts;
      readonly kernels: readonly KernelTime[] | null;
      readonly batch: Batch | null;
    };

/** What a contender says, for others to be compared with. */
export async function answerOnly(
  page: ContenderPage,
  { load, plan }: Pick<ContenderRun, 'load' | 'plan'>,
): Promise<readonly CheckedAnswer[]> {
  await page.call('load', LOAD_TIMEOUT_MS, load);
  return await page.call('check', CHECK_TIMEOUT_MS, checkTokens(plan.promptTokens));
}

/** Loads a contender, compares its answers with ours, and only then measures it. */
export async function runContender(
  page: ContenderPage,
  { load, plan, reference }: ContenderRun,
): Promise<RunResult> {
  const loaded = await page.call('load', LOAD_TIMEOUT_MS, load);
  const answers = await page.call('check', CHECK_TIMEOUT_MS, {
    ...checkTokens(plan.promptTokens),
    tokenIds: reference.map(({ tokenIds }) => tokenIds),
  });
  const agreement = compareAnswers(reference, answers);
  if (agreement.relative > toleranceOf(load.contender)) {
    return { type: 'disagrees', agreement };
  }
  const timings = await time(page, plan);
  const isOurs = load.contender.startsWith('ours-');
  const isOnGpu = load.contender.includes('webgpu');
  return {
    type: 'measured',
    loaded,
    agreement,
    timings,
    counts: await page.call('counts', SHORT_TIMEOUT_MS),
    batch: isOurs ? await measureBatch(page, plan) : null,
    kernels: isOnGpu ? await page.call('kernels', SHORT_TIMEOUT_MS) : null,
  };
}

/** The blocks alone, for what a block costs. */
export async function timeBlocks(
  page: ContenderPage,
  { load, plan }: Pick<ContenderRun, 'load' | 'plan'>,
): Promise<Timings> {
  await page.call('load', LOAD_TIMEOUT_MS, { ...load, part: 'blocks' });
  return await time(page, plan);
}

function time(page: ContenderPage, plan: TimingPlan): Promise<Timings> {
  return page.call('time', TIME_TIMEOUT_MS + QUANTITIES * plan.budgetMs, plan);
}

function checkTokens(promptTokens: readonly number[]) {
  const end = CHECK_PROMPT_TOKENS + CHECK_DECODE_TOKENS;
  return {
    promptTokens: promptTokens.slice(0, CHECK_PROMPT_TOKENS),
    decodeTokens: promptTokens.slice(CHECK_PROMPT_TOKENS, end),
  };
}

function toleranceOf(name: ContenderName): number {
  if (name.startsWith('ours-')) return TOLERANCE.ours;
  return name.startsWith('ort-') ? TOLERANCE.ort : TOLERANCE.wllama;
}

async function measureBatch(page: ContenderPage, plan: TimingPlan): Promise<Batch> {
  const tokens = plan.promptTokens.slice(0, BATCH_SESSIONS);
  const run = async (tokenIds: readonly number[]) =>
    median(await page.call('decodeTogether', SHORT_TIMEOUT_MS, tokenIds, plan));
  const oneMs = await run(tokens.slice(0, 1));
  return { sessionCount: BATCH_SESSIONS, oneMs, togetherMs: await run(tokens) };
}
