import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { VolunteerState } from '@manyhands/peer/volunteer/volunteer-state';
import { createRelay, type Relay } from '@manyhands/relay/create-relay';
import { type Browser, launchChromium } from '../browser/chromium.ts';
import { writeTestEmbedding } from '../catalog/write-test-embedding.ts';
import type { CommandContext } from '../command-context.ts';
import { dataDirectory } from '../data-directory.ts';
import { withDeadline } from '../deadline.ts';
import { CliError } from '../error.ts';
import { CLEANUP_TIMEOUT_MS, VERIFY_TIMEOUT_MS } from '../limits.ts';
import { createLoadMeter } from '../load-meter.ts';
import { isWebUrl, resolveFile } from '../model-path.ts';
import type { DemoOptions } from './demo-options.ts';
import { openDemoTab } from './demo-tabs.ts';
import { describeEmbeddings, reportEmbeddings } from './embed-report.ts';

/** A real relay, volunteer tabs that hold an embedding model, and a tab that asks them. */
export async function runEmbedDemo(options: DemoOptions, context: CommandContext): Promise<void> {
  if (options.embed.some((text) => text.trim() === '')) {
    throw new CliError('prompt-empty', 'There is nothing to embed: give --embed some text.');
  }
  const folder = await mkdtemp(join(tmpdir(), 'manyhands-embed-'));
  let relay: Relay | undefined;
  let browser: Browser | undefined;
  try {
    const file = await modelFile(options.model, folder, context);
    relay = await createRelay({
      siteDir: join(context.repositoryRoot, 'dist/harness'),
      dataDir: join(dataDirectory(), 'demo'),
    });
    const modelRoot = await withDeadline(relay.models.addFile(file), {
      timeoutMs: VERIFY_TIMEOUT_MS,
      what: 'Verifying the model',
      signal: context.signal,
    });
    browser = await launchChromium();
    const volunteers = await openVolunteers(browser, relay.url, modelRoot, options, context);
    await ask(browser, relay, { modelRoot, volunteers, options }, context);
  } finally {
    await cleanUp(browser, relay);
    await rm(folder, { recursive: true, force: true });
  }
}

async function modelFile(
  model: string,
  folder: string,
  { callerDirectory }: CommandContext,
): Promise<string> {
  if (model === 'builtin') return writeTestEmbedding(folder);
  if (isWebUrl(model)) {
    const message = '--embed takes an ONNX file of this machine: download it, with its tokenizer.';
    throw new CliError('not-found', message);
  }
  return resolveFile(callerDirectory, model);
}

async function openVolunteers(
  browser: Browser,
  origin: string,
  modelRoot: string,
  { tabs, backend }: DemoOptions,
  { say, signal }: CommandContext,
): Promise<VolunteerState[]> {
  const meter = createLoadMeter(say, 'volunteer');
  const opened = Array.from({ length: tabs }, async (_, index) => {
    const name = `Volunteer ${index + 1}`;
    const onProgress = meter.bind(undefined, index);
    const tab = await openDemoTab(browser, { origin, name, signal, onProgress });
    return tab.volunteerWhole(modelRoot, backend);
  });
  return Promise.all(opened);
}

interface Question {
  readonly modelRoot: string;
  readonly volunteers: readonly VolunteerState[];
  readonly options: DemoOptions;
}

async function ask(
  browser: Browser,
  relay: Relay,
  { modelRoot, volunteers, options }: Question,
  { write, signal }: CommandContext,
): Promise<void> {
  const { embed: texts, json, tabs } = options;
  const requester = await openDemoTab(browser, {
    origin: relay.url,
    name: 'The requester',
    signal,
  });
  await requester.awaitVolunteers(modelRoot, tabs);
  const embeddings = await requester.embed(texts, modelRoot);
  const entry = relay.models.view().entries.find((each) => each.modelRoot === modelRoot);
  const report = reportEmbeddings(entry?.name ?? modelRoot, texts, embeddings, volunteers);
  write(json ? `${JSON.stringify(report)}\n` : describeEmbeddings(report));
}

async function cleanUp(browser: Browser | undefined, relay: Relay | undefined): Promise<void> {
  const closed = Promise.allSettled([browser?.close(), relay?.stop()]);
  await withDeadline(closed, {
    timeoutMs: CLEANUP_TIMEOUT_MS,
    what: 'Closing Chromium and the relay',
    signal: new AbortController().signal,
  }).catch(() => undefined);
}
