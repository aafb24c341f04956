import type { CheckedAnswer, ContenderName } from '../../../harness/bench/bench-messages.ts';
import { describeError } from '../../error.ts';
import type { FileServer } from '../../serve/file-server.ts';
import type { BenchOptions } from '../bench-options.ts';
import type { AdapterPeaks } from '../measure/adapter-peaks.ts';
import type { BenchFiles } from '../model/bench-files.ts';
import type { CaseReport, ContenderReport, Measured } from '../report/bench-report.ts';
import { extrapolate, perBlockSpeeds, speedsOf } from '../report/speeds.ts';
import type { CaseModel } from './case-model.ts';
import type { ContenderPage } from './contender-page.ts';
import type { CasePlan } from './plan-cases.ts';
import {
  answerOnly,
  CHECKED_COUNTS,
  type RunResult,
  runContender,
  timeBlocks,
} from './run-contender.ts';
import { shareOf } from './shares.ts';

export interface CaseDeps {
  readonly server: FileServer;
  readonly files: BenchFiles;
  /** A page for a contender and nothing else. */
  readonly openPage: (name: ContenderName) => Promise<ContenderPage>;
  readonly options: BenchOptions;
  readonly adapter: AdapterPeaks | null;
  readonly signal: AbortSignal;
  say(text: string): void;
}

/** Room for a prompt of 512 tokens and the tokens that are decoded after it. */
const POSITIONS_MAX = 1024;

/** Every contender of a case after the other, each in a browser of its own. */
export async function runCase(
  deps: CaseDeps,
  plan: CasePlan,
  model: CaseModel,
): Promise<CaseReport> {
  const { blockCount } = model.config;
  const contenders: ContenderReport[] = [];
  const reference = await exactAnswers(deps, plan, model);
  for (const name of plan.contenders) {
    const startedAt = performance.now();
    const report = await measure(deps, plan, model, name, reference);
    contenders.push(report);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
    const outcome =
      report.status === 'measured' ? 'measured' : `${report.status}: ${report.reason}`;
    deps.say(`  ${name}: ${outcome} (${seconds} s)\n`);
  }
  return {
    model: model.name,
    type: model.type,
    backend: plan.backend,
    blockCount,
    wholeBlockCount: model.wholeBlockCount,
    decodeBytes: model.decodeBytes,
    contenders,
  };
}

/** Ours without rounding, untimed; undefined where that fails, and then nobody is timed. */
async function exactAnswers(
  deps: CaseDeps,
  plan: CasePlan,
  model: CaseModel,
): Promise<readonly CheckedAnswer[] | undefined> {
  const name: ContenderName = 'ours-wasm-exact';
  try {
    const request = await requestOf(deps, plan, model, name);
    return await onPage(deps, name, (page) => answerOnly(page, request));
  } catch (error) {
    if (deps.signal.aborted) throw error;
    deps.say(`  ${name}: failed: ${describeError(error)}\n`);
    return undefined;
  }
}

async function measure(
  deps: CaseDeps,
  plan: CasePlan,
  model: CaseModel,
  name: ContenderName,
  reference: readonly CheckedAnswer[] | undefined,
): Promise<ContenderReport> {
  if (reference === undefined) {
    const reason = 'nothing of ours was there to compare its answers with';
    return { name, status: 'failed', reason, agreement: null };
  }
  try {
    const request = await requestOf(deps, plan, model, name);
    const run = { ...request, reference };
    const result = await onPage(deps, name, (page) => runContender(page, run));
    if (result.type === 'disagrees') {
      const { agreement } = result;
      const percent = (agreement.relative * 100).toFixed(1);
      const reason = `its answers are ${percent} % from ours, so its speed says nothing`;
      return { name, status: 'disagrees', reason, agreement };
    }
    const isPart = model.config.blockCount < model.wholeBlockCount;
    const blocks =
      isPart && !name.startsWith('wllama')
        ? await onPage(deps, name, async (page) => {
            const onnxUrl = await onnxOf(deps, model, name, false);
            return await timeBlocks(page, { ...run, load: { ...run.load, onnxUrl } });
          })
        : undefined;
    return reportOf(deps, model, name, result, blocks);
  } catch (error) {
    if (deps.signal.aborted) throw error;
    const reason = describeError(error);
    return { name, status: 'failed', reason, agreement: null };
  }
}

async function onPage<Value>(
  deps: CaseDeps,
  name: ContenderName,
  use: (page: ContenderPage) => Promise<Value>,
): Promise<Value> {
  const page = await deps.openPage(name);
  try {
    return await use(page);
  } finally {
    await page.close();
  }
}

async function requestOf(deps: CaseDeps, plan: CasePlan, model: CaseModel, name: ContenderName) {
  const { server, options } = deps;
  server.add('/model.gguf', { file: model.file });
  const { prompt } = model;
  const { repeats, budgetMs } = options;
  const positionsMax = Math.min(POSITIONS_MAX, model.config.contextLength);
  const prefillCounts = options.prefillCounts.filter((count) => count <= positionsMax);
  return {
    load: {
      contender: name,
      ggufUrl: `${server.origin}/model.gguf`,
      onnxUrl: await onnxOf(deps, model, name, true),
      floats: floatsOf(deps, plan.backend),
      scriptsUrl: `${server.origin}${SCRIPTS[name] ?? '/'}`,
      part: 'whole' as const,
      positionsMax,
      texts: Object.fromEntries(
        [...CHECKED_COUNTS, ...prefillCounts].map((count) => [count, prompt.textOf(count)]),
      ),
    },
    plan: { promptTokens: prompt.tokens, prefillCounts, repeats, budgetMs },
  };
}

async function onnxOf(
  deps: CaseDeps,
  model: CaseModel,
  name: ContenderName,
  heads: boolean,
): Promise<string> {
  if (!name.startsWith('ort-')) return '';
  const { server, files } = deps;
  const floats = floatsOf(deps, name === 'ort-wasm' ? 'wasm' : 'webgpu');
  const accuracyLevel = name === 'ort-webgpu-i8' ? 4 : 0;
  const onnx = { heads, floats, accuracyLevel, positionsMax: POSITIONS_MAX };
  server.add('/model.onnx', { file: await files.onnx(model.file, onnx) });
  return `${server.origin}/model.onnx`;
}

/** Rivals compute with halves where the adapter does, as their own models for browsers do. */
function floatsOf({ adapter }: CaseDeps, backend: 'webgpu' | 'wasm'): 'f32' | 'f16' {
  const hasF16 = adapter?.features.includes('shader-f16') ?? false;
  return backend === 'webgpu' && hasF16 ? 'f16' : 'f32';
}

const SCRIPTS: Partial<Record<ContenderName, string>> = {
  'ort-webgpu': '/rivals/onnxruntime-web/',
  'ort-webgpu-i8': '/rivals/onnxruntime-web/',
  'ort-wasm': '/rivals/onnxruntime-web/',
  'wllama-2': '/rivals/wllama/',
  'wllama-3': '/rivals/wllama-next/',
};

function reportOf(
  { adapter }: CaseDeps,
  model: CaseModel,
  name: ContenderName,
  result: RunResult & { type: 'measured' },
  blocks: Parameters<typeof speedsOf>[0] | undefined,
): Measured {
  const { loaded, timings, agreement, counts, kernels, batch } = result;
  const { blockCount } = model.config;
  const { wholeBlockCount } = model;
  const measured = speedsOf(timings);
  const perBlock = blocks === undefined ? null : perBlockSpeeds(speedsOf(blocks), blockCount);
  const isWhole = blockCount === wholeBlockCount;
  const extrapolated =
    perBlock === null ? null : extrapolate(measured, perBlock, blockCount, wholeBlockCount);
  return {
    name,
    status: 'measured',
    detail: loaded.detail,
    agreement,
    loadMs: loaded.loadMs,
    firstTokenMs: loaded.loadMs + timings.firstPrefillMs,
    measured,
    perBlock,
    whole: isWhole ? measured : extrapolated,
    samples: { decodeMs: timings.decodeMs, prefill: timings.prefill },
    ...counts,
    // Its memory is its own worker's; what the page has is only glue.
    ...(name.startsWith('wllama') && { wasmBytes: 0 }),
    ...shareOf(adapter, name, model, measured),
    kernels,
    batch,
  };
}
