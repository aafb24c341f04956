import type { BackendKind } from '@manyhands/engine/worker/choose-backend';
import type { AdapterReport } from '@manyhands/engine/worker/engine-api';
import type { EvalLoaded, EvalRun } from '../../harness/eval-harness.ts';
import type { CommandContext } from '../command-context.ts';
import { createLoadMeter } from '../load-meter.ts';
import { resolveFile } from '../model-path.ts';
import {
  checkContext,
  type EvalModel,
  openEvalModel,
  promptTokens,
  tokenizerOf,
} from './eval-model.ts';
import { EVAL_USAGE, readEvalOptions } from './eval-options.ts';
import { createEvaluator } from './evaluator.ts';
import { splitBlocks } from './split-blocks.ts';

/** What `--json` prints. */
export interface EvalReport {
  readonly tokens: readonly number[];
  readonly greedy: readonly number[];
  readonly top: EvalRun['top'];
  readonly prefillTokensPerSecond: number;
  /** `null` when only one token was generated: it came from the prefill. */
  readonly decodeTokensPerSecond: number | null;
  readonly backend: BackendKind;
  /** Backend and precision, e.g. `webgpu-f32`. */
  readonly numericClass: string;
  /** `null` where the processor computes. */
  readonly adapter: AdapterReport | null;
}

/** Runs a prompt through the engine in a headless browser, without the network. */
export async function runEval(args: readonly string[], context: CommandContext): Promise<void> {
  const options = readEvalOptions(args);
  if (options === 'help') {
    context.write(`${EVAL_USAGE}\n`);
    return;
  }
  const file = await resolveFile(context.callerDirectory, options.modelFile);
  const model = await openEvalModel(file, context.signal);
  const tokens = promptTokens(model, options.prompt);
  checkContext(model, tokens.length, options.generate);
  // Refused before a browser starts.
  splitBlocks(model.config.blockCount, options.stages);

  const evaluator = await createEvaluator({ ...context, onProgress: createLoadMeter(context.say) });
  try {
    const loaded = await evaluator.load(model, options);
    const run = await evaluator.evaluate(tokens, options);
    const report = reportOf(tokens, run, loaded);
    context.write(
      options.json ? `${JSON.stringify(report)}\n` : describeReport(model, report, run),
    );
  } finally {
    await evaluator.dispose();
  }
}

function reportOf(tokens: readonly number[], run: EvalRun, loaded: EvalLoaded): EvalReport {
  const decoded = run.greedy.length - 1;
  return {
    tokens,
    greedy: run.greedy,
    top: run.top,
    prefillTokensPerSecond: rate(tokens.length, run.prefillMs),
    decodeTokensPerSecond: decoded === 0 ? null : rate(decoded, run.decodeMs),
    backend: loaded.backend,
    numericClass: loaded.numericClass,
    adapter: loaded.adapter ?? null,
  };
}

function rate(count: number, milliseconds: number): number {
  // The page's clock has steps of 0.1 ms.
  return Number((count / (Math.max(milliseconds, 0.1) / 1000)).toFixed(2));
}

function describeReport(model: EvalModel, report: EvalReport, run: EvalRun): string {
  const tokenizer = tokenizerOf(model);
  const decoder = tokenizer.createDecoder({ isContinuation: true });
  const text = report.greedy.map((id) => decoder.push(id)).join('') + decoder.flush();
  const { adapter, numericClass } = report;
  const device = adapter === null ? 'processor' : describeAdapter(adapter);
  const top = report.top.map((pairs, position) => {
    const list = pairs.map(([id, probability]) => {
      return `${id} ${JSON.stringify(tokenizer.tokenText(id))} ${(probability * 100).toFixed(2)} %`;
    });
    return `  position ${position + 1}: ${list.join(', ')}`;
  });
  return [
    text,
    '',
    `prompt      ${report.tokens.length} tokens: ${report.tokens.join(' ')}`,
    `greedy      ${report.greedy.join(' ')}`,
    'most likely',
    ...top,
    `prefill     ${report.prefillTokensPerSecond} tokens/s`,
    `decode      ${report.decodeTokensPerSecond ?? 'not measured'} tokens/s`,
    `dispatches  ${run.dispatchesPerToken} a token`,
    `device      ${device} (${numericClass})`,
    '',
  ].join('\n');
}

function describeAdapter({ vendor, architecture, description }: AdapterReport): string {
  return [vendor, architecture, description].filter((part) => part !== '').join(' ');
}
