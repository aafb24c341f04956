import type { Answer, AnswerEvent, AnswerRequest } from '@manyhands/peer/requester/answer';
import { type Browser, launchChromium } from '../browser/chromium.ts';
import type { CommandContext } from '../command-context.ts';
import { withDeadline } from '../deadline.ts';
import { CliError } from '../error.ts';
import { splitBlocks } from '../eval/split-blocks.ts';
import { ANSWER_STALL_TIMEOUT_MS, CLEANUP_TIMEOUT_MS } from '../limits.ts';
import { createLoadMeter } from '../load-meter.ts';
import { createStallWatch } from '../stall-watch.ts';
import { DEMO_USAGE, type DemoOptions, readDemoOptions } from './demo-options.ts';
import { type DemoRelay, startDemoRelay } from './demo-relay.ts';
import { describeDemo, NO_PREDICTION, type Predicted, reportAnswer } from './demo-report.ts';
import { type DemoTab, openDemoTab } from './demo-tabs.ts';
import { runEmbedDemo } from './embed-demo.ts';

/** A real relay, volunteer tabs and a requester on this machine; the answer streams to stdout. */
export async function runDemo(args: readonly string[], context: CommandContext): Promise<void> {
  const options = readDemoOptions(args);
  if (options === 'help') {
    context.write(`${DEMO_USAGE}\n`);
    return;
  }
  if (options.embed.length > 0) {
    await runEmbedDemo(options, context);
    return;
  }
  if (options.prompt === '') {
    throw new CliError('prompt-empty', 'The prompt is empty: give --prompt some text.');
  }
  const relay = await startDemoRelay(options.model, context);
  let browser: Browser | undefined;
  try {
    // Refused before a browser starts.
    const ranges = splitBlocks(relay.blockCount, options.tabs);
    const request = await answerRequest(options, relay);
    browser = await launchChromium();
    await openVolunteers(browser, relay, ranges, options, context);
    await ask(browser, relay, request, options, context);
  } finally {
    await cleanUp(browser, relay);
  }
}

async function openVolunteers(
  browser: Browser,
  { origin, modelRoot }: DemoRelay,
  ranges: ReturnType<typeof splitBlocks>,
  { backend }: DemoOptions,
  { say, signal }: CommandContext,
): Promise<DemoTab[]> {
  const meter = createLoadMeter(say, 'volunteer');
  const opened = ranges.map(async (range, index) => {
    const name = `Volunteer ${index + 1}`;
    const onProgress = meter.bind(undefined, index);
    const tab = await openDemoTab(browser, { origin, name, signal, onProgress });
    await tab.volunteer(modelRoot, range, backend);
    return tab;
  });
  return Promise.all(opened);
}

async function ask(
  browser: Browser,
  { origin, modelRoot }: DemoRelay,
  request: AnswerRequest,
  { tabs, answers, json }: DemoOptions,
  { say, write, signal }: CommandContext,
): Promise<void> {
  const stall = createStallWatch(ANSWER_STALL_TIMEOUT_MS, 'The answer');
  let answer: Answer | undefined;
  let predicted = NO_PREDICTION;
  let hasText = false;
  const onEvent = (event: AnswerEvent) => {
    stall.touch();
    predicted = predictedAfter(predicted, event);
    if (event.type === 'done') answer = event.answer;
    if (event.type === 'repair') say(`repair ${event.attempt}: ${event.reason.message}\n`);
    if (event.type === 'token' && !json) {
      write(event.text);
      hasText = true;
    }
  };
  try {
    const name = 'The requester';
    const requester = await openDemoTab(browser, { origin, name, signal, onEvent });
    await requester.awaitVolunteers(modelRoot, tabs);
    for (let index = 0; index < answers; index += 1) {
      [answer, predicted, hasText] = [undefined, NO_PREDICTION, false];
      stall.touch();
      await Promise.race([requester.answer(request), stall.stalled, abortion(signal)]);
      if (hasText) write('\n\n');
      const { draftedTokens = 0, acceptedTokens = 0 } = checkAnswer(answer).stats;
      if (draftedTokens > 0) {
        say(`${acceptedTokens} of ${draftedTokens} drafted tokens were right\n`);
      }
      const report = reportAnswer(checkAnswer(answer), predicted);
      write(json ? `${JSON.stringify(report)}\n` : describeDemo(report, requester.peerId));
    }
  } finally {
    stall.dispose();
  }
}

/** What the chain should take, as it was chosen and by what was measured on it since. */
function predictedAfter(predicted: Predicted, event: AnswerEvent): Predicted {
  if (event.type !== 'routing' && event.type !== 'prediction') return predicted;
  const { predictedMs } = event;
  if (predictedMs === undefined) return predicted;
  return event.type === 'routing'
    ? { chosenMs: predictedMs, openMs: undefined }
    : { ...predicted, openMs: predictedMs };
}

function checkAnswer(answer: Answer | undefined): Answer {
  if (!answer) throw new CliError('page-failed', 'The answer ended without a result.');
  if (answer.finishReason !== 'failed' && answer.finishReason !== 'aborted') return answer;
  const { code, message } = answer.error ?? { code: 'internal', message: 'No reason given.' };
  throw Object.assign(new Error(message), { code });
}

async function answerRequest(options: DemoOptions, relay: DemoRelay): Promise<AnswerRequest> {
  const { tabs, prompt, raw, maxTokens, temperature, seed, drafts } = options;
  return {
    modelRoot: relay.modelRoot,
    input: raw
      ? { tokenIds: await relay.encodeRaw(prompt) }
      : { messages: [{ role: 'user', content: prompt }] },
    tokensMax: maxTokens,
    sampling: {
      temperature,
      topK: 0,
      topP: 1,
      minP: 0,
      repetitionPenalty: 1,
      ...(seed !== undefined && { seed }),
    },
    stagesMin: tabs,
    // Exact, so that the ids can be compared with `eval` and with llama.cpp.
    activation: 'f32',
    drafts,
  };
}

/** Rejects when the command is interrupted. */
function abortion(signal: AbortSignal): Promise<never> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    if (signal.aborted) reject(signal.reason);
  });
  aborted.catch(() => undefined);
  return aborted;
}

async function cleanUp(browser: Browser | undefined, relay: DemoRelay): Promise<void> {
  const closed = Promise.allSettled([browser?.close(), relay.dispose()]);
  await withDeadline(closed, {
    timeoutMs: CLEANUP_TIMEOUT_MS,
    what: 'Closing Chromium and the relay',
    signal: new AbortController().signal,
  }).catch(() => undefined);
}
