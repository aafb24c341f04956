import type { StageRange } from '@manyhands/engine/stage';
import type { AnswerRequest } from '@manyhands/peer/requester/answer';
import type { VolunteerState } from '@manyhands/peer/volunteer/volunteer-state';
import type { HarnessResult } from '../../harness/harness-result.ts';
import type { LinkShape } from '../../harness/swarm/link-shaper.ts';
import type {
  AskOptions,
  Moment,
  StepTimes,
  TimedAnswer,
} from '../../harness/swarm/swarm-harness.ts';
import type { Browser, BrowserContext, Page } from '../browser/chromium.ts';
import { HarnessError } from '../browser/harness-error.ts';
import { withDeadline } from '../deadline.ts';
import { CliError } from '../error.ts';
import { rendererProcess } from './renderer-process.ts';

/** A tab in a browser context, and so in a process, of its own; its volunteer is a stand-in. */
export interface SwarmTab {
  readonly page: Page;
  readonly peerId: string;
  /** What it was last told to hold; nothing for a requester. */
  readonly range: StageRange | undefined;
  volunteer(range: StageRange): Promise<void>;
  volunteerState(): Promise<VolunteerState>;
  stopVolunteering(): Promise<void>;
  /** Resolves when exactly this many volunteers are known and the model is covered. */
  awaitVolunteers(count: number): Promise<void>;
  ask(
    request: AnswerRequest,
    options?: AskOptions & { readonly onMoment?: (moment: Moment) => void },
  ): Promise<TimedAnswer>;
  shape(change: Partial<LinkShape>): Promise<void>;
  takeDelays(): Promise<readonly number[]>;
  takeTurnarounds(): Promise<readonly number[]>;
  takeTrips(): Promise<readonly number[]>;
  takeSteps(): Promise<StepTimes>;
  /** Finds the tab's process; nothing else may compute at the time. */
  findProcess(): Promise<number>;
  /** To the tab's process, which `findProcess` has found before. */
  signal(name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void;
  /** The page dies without a word, as for want of memory. */
  crash(): Promise<void>;
  /** As a person closes it: the page may say goodbye. A frozen one is killed. */
  close(): Promise<void>;
}

export interface SwarmTabOptions {
  readonly origin: string;
  readonly modelRoot: string;
  readonly signal: AbortSignal;
}

const JOIN_TIMEOUT_MS = 30_000;
const CALL_TIMEOUT_MS = 60_000;
const ANSWER_TIMEOUT_MS = 180_000;
const CLOSE_TIMEOUT_MS = 10_000;

export async function openSwarmTab(browser: Browser, options: SwarmTabOptions): Promise<SwarmTab> {
  const { origin, modelRoot, signal } = options;
  const context: BrowserContext = await browser.newContext();
  const page = await context.newPage();
  let onMoment: ((moment: Moment) => void) | undefined;
  let range: StageRange | undefined;
  let pid: number | undefined;
  let isFrozen = false;
  const bounded = async <Value>(
    what: string,
    timeoutMs: number,
    result: Promise<Value>,
  ): Promise<Value> => withDeadline(result, { timeoutMs, what, signal });
  const call = async <Value>(
    what: string,
    timeoutMs: number,
    result: Promise<HarnessResult<Value> | undefined>,
  ): Promise<Value> => unwrap(await bounded(what, timeoutMs, result));

  await page.exposeFunction('reportMoment', (moment: Moment) => onMoment?.(moment));
  await page.goto(`${origin}/swarm.html`);
  const peerId = await call(
    'A tab joining the swarm',
    JOIN_TIMEOUT_MS,
    page.evaluate(() => window.swarmHarness?.join()),
  );
  return {
    page,
    peerId,
    get range() {
      return range;
    },
    async volunteer(wanted) {
      const args = [modelRoot, wanted] as const;
      const serving = page.evaluate(
        ([root, each]) => window.swarmHarness?.volunteer(root, each),
        args,
      );
      await call('A volunteer starting', CALL_TIMEOUT_MS, serving);
      range = wanted;
    },
    async volunteerState() {
      const reading = page.evaluate(() => window.swarmHarness?.volunteerState());
      return present(await bounded('A volunteer’s state', CALL_TIMEOUT_MS, reading));
    },
    async stopVolunteering() {
      const stopping = page.evaluate(() => window.swarmHarness?.stopVolunteering());
      await call('A volunteer stopping', CALL_TIMEOUT_MS, stopping);
      range = undefined;
    },
    async awaitVolunteers(count) {
      const args = [modelRoot, count] as const;
      const waiting = page.evaluate(
        ([root, volunteers]) => window.swarmHarness?.awaitVolunteers(root, volunteers),
        args,
      );
      await call(`${count} volunteers in the directory`, CALL_TIMEOUT_MS, waiting);
    },
    async ask(request, { onMoment: listener, ...askOptions } = {}) {
      onMoment = listener;
      const args = [request, askOptions] as const;
      const asking = page.evaluate(([each, how]) => window.swarmHarness?.ask(each, how), args);
      return await call('The answer', ANSWER_TIMEOUT_MS, asking);
    },
    async shape(change) {
      const shaping = page.evaluate((each) => window.swarmHarness?.shape(each), change);
      await bounded('Shaping links', CALL_TIMEOUT_MS, shaping);
    },
    async takeDelays() {
      return present(await page.evaluate(() => window.swarmHarness?.takeDelays()));
    },
    async takeTurnarounds() {
      return present(await page.evaluate(() => window.swarmHarness?.takeTurnarounds()));
    },
    async takeTrips() {
      return present(await page.evaluate(() => window.swarmHarness?.takeTrips()));
    },
    async takeSteps() {
      return present(await page.evaluate(() => window.swarmHarness?.takeSteps()));
    },
    async findProcess() {
      pid ??= await rendererProcess(browser, page);
      return pid;
    },
    signal(name) {
      if (pid === undefined) throw new CliError('page-failed', 'Find the process first.');
      process.kill(pid, name);
      isFrozen = name === 'SIGSTOP';
    },
    async crash() {
      const session = await context.newCDPSession(page);
      const crashed = new Promise<void>((resolve) => page.once('crash', () => resolve()));
      // A crashed page answers no command.
      session.send('Page.crash').catch(() => undefined);
      await bounded('A crash', CLOSE_TIMEOUT_MS, crashed);
    },
    async close() {
      // The browser would wait for a frozen page to end.
      if (isFrozen && pid !== undefined) process.kill(pid, 'SIGKILL');
      await bounded('Closing a tab', CLOSE_TIMEOUT_MS, context.close()).catch(() => undefined);
    },
  };
}

function present<Value>(value: Value | undefined): Value {
  if (value !== undefined) return value;
  throw new CliError('page-failed', 'A tab did not load its page. Try again.');
}

function unwrap<Value>(result: HarnessResult<Value> | undefined): Value {
  const settled = present(result);
  if (settled.ok) return settled.value;
  throw new HarnessError(settled);
}
