import { join } from 'node:path';
import type { BackendChoice } from '@manyhands/engine/worker/choose-backend';
import type { LoadProgress } from '@manyhands/engine/worker/engine-api';
import type { ActivationType } from '@manyhands/protocol/activation';
import type { EvalLoaded, EvalRun } from '../../harness/eval-harness.ts';
import type { HarnessResult } from '../../harness/harness-result.ts';
import { launchChromium, type Page } from '../browser/chromium.ts';
import { HarnessError } from '../browser/harness-error.ts';
import { watchPage } from '../browser/watch-page.ts';
import { withDeadline } from '../deadline.ts';
import { CliError } from '../error.ts';
import {
  CLEANUP_TIMEOUT_MS,
  PREFILL_TOKENS_MAX,
  STAGE_LOAD_TIMEOUT_MS,
  STEP_TIMEOUT_MS,
  TOP_POSITIONS,
} from '../limits.ts';
import { createFileServer } from '../serve/file-server.ts';
import { checkContext, type EvalModel } from './eval-model.ts';
import { splitBlocks } from './split-blocks.ts';

export interface EvalStages {
  readonly stages: number;
  readonly backend: BackendChoice;
  readonly activations: 'f32' | 'auto';
}

export interface EvaluateOptions {
  readonly generate: number;
  readonly top: number;
  readonly wire: ActivationType;
}

/** The engine in one headless browser. Calls run one after the other. */
export interface Evaluator {
  /** Loads a model cut into stages; the one before is unloaded. */
  load(model: EvalModel, options: EvalStages): Promise<EvalLoaded>;
  /** Greedy tokens of the loaded model after `tokens`. */
  evaluate(tokens: readonly number[], options: EvaluateOptions): Promise<EvalRun>;
  dispose(): Promise<void>;
}

export interface EvaluatorOptions {
  readonly repositoryRoot: string;
  readonly signal: AbortSignal;
  readonly onProgress?: (stageIndex: number, progress: LoadProgress) => void;
}

/** Starts the browser and opens the page of `dist/harness`. */
export async function createEvaluator(options: EvaluatorOptions): Promise<Evaluator> {
  const { signal } = options;
  const server = await createFileServer(join(options.repositoryRoot, 'dist/harness'));
  let loaded: EvalModel | undefined;
  const dispose = async () => {
    await Promise.allSettled([browser.then((each) => each.close()), server.dispose()]);
  };
  const browser = launchChromium();
  let page: Page;
  let failure: Promise<never>;
  try {
    page = await (await browser).newPage();
    failure = watchPage(page);
    await page.exposeFunction('reportLoadProgress', options.onProgress ?? (() => undefined));
    await page.goto(`${server.origin}/eval.html`);
  } catch (error) {
    await dispose();
    throw error;
  }
  const call = async <Value>(
    what: string,
    timeoutMs: number,
    result: Promise<HarnessResult<Value> | undefined>,
  ): Promise<Value> => {
    const settled = Promise.race([result, failure]);
    return unwrap(await withDeadline(settled, { timeoutMs, what, signal }));
  };

  return {
    async load(model, { stages: stageCount, backend, activations }) {
      const stages = splitBlocks(model.config.blockCount, stageCount);
      const path = `/models/${model.modelRoot}`;
      server.add(`${path}/manifest.json`, { json: model.manifestJson });
      server.add(`${path}/model.gguf`, { file: model.file });
      loaded = model;
      const request = {
        modelRoot: model.modelRoot,
        manifestUrl: `${server.origin}${path}/manifest.json`,
        sourceUrl: `${server.origin}${path}/model.gguf`,
        stages,
        backend,
        activations,
        stepTimeoutMs: STEP_TIMEOUT_MS,
      };
      return call(
        'Loading the model',
        STAGE_LOAD_TIMEOUT_MS * stageCount,
        page.evaluate((each) => window.evalHarness?.load(each), request),
      );
    },
    async evaluate(tokens, { generate, top, wire }) {
      if (!loaded) throw new CliError('page-failed', 'No model is loaded.');
      checkContext(loaded, tokens.length, generate);
      const request = {
        tokens,
        generate,
        top,
        wire,
        topPositions: TOP_POSITIONS,
        prefillTokensMax: PREFILL_TOKENS_MAX,
      };
      const stepCount = Math.ceil(tokens.length / PREFILL_TOKENS_MAX) + generate;
      return call(
        'The evaluation',
        STEP_TIMEOUT_MS * stepCount,
        page.evaluate((each) => window.evalHarness?.run(each), request),
      );
    },
    async dispose() {
      const closed = withDeadline(dispose(), {
        timeoutMs: CLEANUP_TIMEOUT_MS,
        what: 'Closing Chromium',
        signal: new AbortController().signal,
      });
      await closed.catch(() => undefined);
    },
  };
}

function unwrap<Value>(result: HarnessResult<Value> | undefined): Value {
  if (result === undefined) throw new CliError('page-failed', 'The page of eval did not load.');
  if (result.ok) return result.value;
  throw new HarnessError(result);
}
