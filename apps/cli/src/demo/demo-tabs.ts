import type { StageRange } from '@manyhands/engine/stage';
import type { BackendChoice } from '@manyhands/engine/worker/choose-backend';
import type { LoadProgress } from '@manyhands/engine/worker/engine-api';
import type { AnswerEvent, AnswerRequest } from '@manyhands/peer/requester/answer';
import type { VolunteerState } from '@manyhands/peer/volunteer/volunteer-state';
import type { HarnessResult } from '../../harness/harness-result.ts';
import type { HarnessEmbeddings } from '../../harness/tab-harness.ts';
import type { Browser, Page } from '../browser/chromium.ts';
import { HarnessError } from '../browser/harness-error.ts';
import { watchPage } from '../browser/watch-page.ts';
import { withDeadline } from '../deadline.ts';
import { CliError } from '../error.ts';
import { EMBED_TIMEOUT_MS, JOIN_TIMEOUT_MS, VOLUNTEER_TIMEOUT_MS } from '../limits.ts';

/** A tab in a browser context of its own: another person's browser, as far as it can tell. */
export interface DemoTab {
  readonly peerId: string;
  /** Rejects when the tab is lost. */
  readonly failure: Promise<never>;
  volunteer(modelRoot: string, range: StageRange, backend: BackendChoice): Promise<void>;
  /** Holds a whole model; resolves with what the tab then shows of itself. */
  volunteerWhole(modelRoot: string, backend: BackendChoice): Promise<VolunteerState>;
  awaitVolunteers(modelRoot: string, count: number): Promise<void>;
  /** Resolves after the last event was handed to `onEvent`. */
  answer(request: AnswerRequest): Promise<void>;
  embed(texts: readonly string[], modelRoot: string): Promise<HarnessEmbeddings>;
}

export interface DemoTabOptions {
  readonly origin: string;
  readonly name: string;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: LoadProgress) => void;
  readonly onEvent?: (event: AnswerEvent) => void;
}

/** Opens a tab and joins the swarm. */
export async function openDemoTab(browser: Browser, options: DemoTabOptions): Promise<DemoTab> {
  const { name, signal } = options;
  const context = await browser.newContext();
  const page: Page = await context.newPage();
  const failure = watchPage(page, name);
  const call = async <Value>(
    what: string,
    timeoutMs: number | undefined,
    result: Promise<HarnessResult<Value> | undefined>,
  ): Promise<Value> => {
    const settled = Promise.race([result, failure]);
    if (timeoutMs === undefined) return unwrap(await settled, name);
    return unwrap(await withDeadline(settled, { timeoutMs, what, signal }), name);
  };
  await page.exposeFunction('reportVolunteerProgress', options.onProgress ?? (() => undefined));
  await page.exposeFunction('reportAnswerEvent', options.onEvent ?? (() => undefined));
  await page.goto(`${options.origin}/tab.html`);
  const peerId = await call(
    `${name} joining the swarm`,
    JOIN_TIMEOUT_MS,
    page.evaluate(() => window.tabHarness?.join()),
  );
  return {
    peerId,
    failure,
    async volunteer(modelRoot, range, backend) {
      // Exact, so that an answer can be compared with another engine's token by token.
      const exact = { activations: 'f32', backend } as const;
      // Tabs stand for devices: each with half of the processor would be too many.
      const limits = { memoryBytesMax: MEMORY_BYTES_MAX, gpuShare: 1, threadsMax: 1 };
      const request = { modelRoot, range, ...limits, ...exact };
      const serving = page.evaluate((each) => window.tabHarness?.volunteer(each), request);
      await call(`${name} loading its blocks`, VOLUNTEER_TIMEOUT_MS, serving);
    },
    async volunteerWhole(modelRoot, backend) {
      const request = { modelRoot, memoryBytesMax: MEMORY_BYTES_MAX, gpuShare: 1, backend };
      const serving = page.evaluate((each) => window.tabHarness?.volunteer(each), request);
      await call(`${name} loading the model`, VOLUNTEER_TIMEOUT_MS, serving);
      const state = await page.evaluate(() => window.tabHarness?.volunteerState());
      if (state === undefined) throw new CliError('page-failed', `${name} is gone. Try again.`);
      return state;
    },
    embed(texts, modelRoot) {
      const embedding = page.evaluate(
        ([each, root]) => window.tabHarness?.embed(each, { modelRoot: root }),
        [texts, modelRoot] as const,
      );
      return call('The vectors', EMBED_TIMEOUT_MS, embedding);
    },
    async awaitVolunteers(modelRoot, count) {
      const waiting = page.evaluate(
        ([root, volunteers]) => window.tabHarness?.awaitVolunteers(root, volunteers),
        [modelRoot, count] as const,
      );
      await call('Waiting for every volunteer in the directory', JOIN_TIMEOUT_MS, waiting);
    },
    async answer(request) {
      // No deadline of its own: whoever sees the events notices when they stop.
      await call(
        'The answer',
        undefined,
        page.evaluate((each) => window.tabHarness?.answer(each), request),
      );
    },
  };
}

/** The demo's model was chosen by the person at this machine: its size is their decision. */
const MEMORY_BYTES_MAX = 64 * 1024 ** 3;

function unwrap<Value>(result: HarnessResult<Value> | undefined, name: string): Value {
  if (result === undefined) {
    throw new CliError('page-failed', `${name} did not load its page. Run the demo again.`);
  }
  if (result.ok) return result.value;
  throw new HarnessError({ ...result, message: `${name}: ${result.message}` });
}
