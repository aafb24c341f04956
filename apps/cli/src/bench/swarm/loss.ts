import { spawn } from 'node:child_process';
import { access, chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Answer } from '@manyhands/peer/requester/answer';
import { type Browser, launchChromium } from '../../browser/chromium.ts';
import { splitBlocks } from '../../eval/split-blocks.ts';
import { type RelayProcess, startRelayProcess } from '../../swarm/relay-process.ts';
import { SWARM_ARGS } from '../../swarm/swarm.ts';
import { openSwarmTab, type SwarmTab } from '../../swarm/swarm-tab.ts';
import { median } from '../report/speeds.ts';
import { boundOf } from './delays.ts';
import { measureSpeed } from './measure-speed.ts';
import { quantile } from './statistics.ts';
import type { BenchContext } from './swarm-bench.ts';
import type { LossReport } from './swarm-report.ts';
import { isSame } from './users.ts';

const LOSS_PERCENT = [0, 1, 5];
const ONE_WAY_MS = 20;
const STAGES = 3;
/** What the tool calls its two network namespaces, and their addresses. */
const SIDES = [
  { name: 'cx0', address: '10.99.0.1' },
  { name: 'cx1', address: '10.99.0.2' },
] as const;
/** Of Linux; it makes namespaces and runs programs in them. */
const IP_TOOL = 'ip';
/** The network exists this long at most: whatever happens here, it ends by itself. */
const NETWORK_SECONDS = 150;
const NETWORK_TIMEOUT_MS = 10_000;

/**
 * Speed over links that lose packets. No page can lose a packet of its own connection, so two browsers
 * sit in two network namespaces between which `tapnetem.py` carries packets, late or never. Stages
 * alternate between them: every link of the chain crosses.
 */
export async function measureLoss(
  context: BenchContext,
): Promise<readonly LossReport[] | { readonly skipped: string }> {
  const { options, root } = context;
  const tool = resolve(root, options.netem);
  const hasTool = await access(tool).then(
    () => true,
    () => false,
  );
  if (!hasTool) return { skipped: `${options.netem} is not there.` };
  if (process.getuid?.() !== 0) return { skipped: 'Network namespaces need root.' };
  const { model, dispose } = await startRelayProcess({ repositoryRoot: root });
  await dispose();
  const reports: LossReport[] = [];
  let reference: Answer | undefined;
  for (const lossPercent of LOSS_PERCENT) {
    const measured = await measureOne({ ...context, tool, model, lossPercent });
    // The first network loses nothing: whatever others lose, the text is the same.
    reference ??= measured.answers[0];
    const isTextRight = measured.answers.every((answer) => isSame(answer, reference));
    reports.push({ ...measured.report, isTextRight });
  }
  return reports;
}

interface LossContext extends BenchContext {
  readonly tool: string;
  readonly model: RelayProcess['model'];
  readonly lossPercent: number;
}

async function measureOne(context: LossContext): Promise<{
  readonly report: Omit<LossReport, 'isTextRight'>;
  readonly answers: readonly Answer[];
}> {
  const { root, model, lossPercent, signal, say, options } = context;
  const network = await startNetwork(context);
  const folder = await mkdtemp(join(tmpdir(), 'manyhands-loss-'));
  const browsers: Browser[] = [];
  let relay: RelayProcess | undefined;
  try {
    relay = await startRelayProcess({
      repositoryRoot: root,
      host: SIDES[0].address,
      prefix: inside(SIDES[0].name),
      model,
    });
    for (const side of SIDES) browsers.push(await launchInside(folder, side.name, relay.origin));
    const openIn = (side: number): Promise<SwarmTab> =>
      openSwarmTab(browsers[side] as Browser, {
        origin: relay?.origin ?? '',
        modelRoot: model.modelRoot,
        signal,
      });
    const requester = await openIn(0);
    for (const [index, range] of splitBlocks(model.blockCount, STAGES).entries()) {
      const tab = await openIn((index + 1) % 2);
      await tab.volunteer(range);
    }
    await requester.awaitVolunteers(STAGES);
    const speeds = [];
    for (let i = 0; i < options.answers; i++) {
      const how = { tokens: options.tokens, seed: 7 };
      speeds.push(await measureSpeed(requester, model.modelRoot, how));
    }
    const gapsMs = speeds.flatMap((speed) => speed.gapsMs);
    const tokensPerSecond = median(speeds.map((speed) => speed.tokensPerSecond));
    const repairs = speeds.reduce((sum, { timed }) => sum + timed.answer.stats.repairs, 0);
    say(`loss: ${lossPercent} %, ${tokensPerSecond.toFixed(1)} tokens/s, ${repairs} repairs\n`);
    const report = {
      lossPercent,
      repairs,
      oneWayMs: ONE_WAY_MS,
      stages: STAGES,
      boundTokensPerSecond: boundOf(STAGES, ONE_WAY_MS),
      tokensPerSecond,
      tokenMs: { median: median(gapsMs), p95: quantile(gapsMs, 0.95), worst: Math.max(...gapsMs) },
    };
    return { report, answers: speeds.map(({ timed }) => timed.answer) };
  } finally {
    await Promise.allSettled([...browsers.map((browser) => browser.close()), relay?.dispose()]);
    await network.dispose();
    await rm(folder, { recursive: true, force: true });
  }
}

function inside(namespace: string): readonly string[] {
  return [IP_TOOL, 'netns', 'exec', namespace];
}

async function startNetwork({ tool, lossPercent }: LossContext) {
  const child = spawn(
    'python3',
    [tool, `delay=${ONE_WAY_MS}`, `loss=${lossPercent}`, `secs=${NETWORK_SECONDS}`],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const exited = new Promise<void>((end) => child.once('exit', () => end()));
  const isUp = await new Promise<boolean>((settle) => {
    child.stdout.once('data', () => settle(true));
    child.once('exit', () => settle(false));
    setTimeout(() => settle(false), NETWORK_TIMEOUT_MS).unref();
  });
  const dispose = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
    // Killed before it could clear up after itself.
    for (const { name } of SIDES) await ip('netns', 'del', name);
  };
  // Pages without a camera only tell others the address of the default route.
  const [{ name: near }, { name: far, address }] = SIDES;
  const addRoute = (name: string, via: string): Promise<boolean> =>
    ip('-n', name, 'route', 'add', 'default', 'via', via);
  const isRouted =
    isUp && (await addRoute(near, address)) && (await addRoute(far, SIDES[0].address));
  if (isRouted) return { dispose };
  await dispose();
  throw new Error('The two network namespaces could not be made: the messages above say why.');
}

function ip(...args: readonly string[]): Promise<boolean> {
  return new Promise((settle) => {
    const child = spawn(IP_TOOL, args, { stdio: 'ignore' });
    child.once('exit', (code) => settle(code === 0));
    child.once('error', () => settle(false));
  });
}

/** Playwright starts a browser from one file: this one starts it inside. */
async function launchInside(folder: string, namespace: string, origin: string): Promise<Browser> {
  const { CHROMIUM: chromium = 'chromium' } = process.env;
  const file = join(folder, `chromium-in-${namespace}.sh`);
  await writeFile(file, `#!/bin/sh\nexec ${inside(namespace).join(' ')} '${chromium}' "$@"\n`);
  await chmod(file, 0o700);
  // The relay's address is no secure context by itself, and keys need one.
  const args = [...SWARM_ARGS, `--unsafely-treat-insecure-origin-as-secure=${origin}`];
  return launchChromium(args, file);
}
