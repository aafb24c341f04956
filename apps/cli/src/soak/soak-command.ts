import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { CommandContext } from '../command-context.ts';
import { CliError } from '../error.ts';
import { splitBlocks } from '../eval/split-blocks.ts';
import { machineNowMs } from '../swarm/clock.ts';
import { type Swarm, startSwarm } from '../swarm/swarm.ts';
import type { SwarmTab } from '../swarm/swarm-tab.ts';
import { createChurn } from './churn.ts';
import { createMemoryTrack, type MemoryTrack, openHeapMeter } from './memory-track.ts';
import { readSoakOptions, SOAK_USAGE, type SoakOptions } from './soak-options.ts';
import { describeSoak, isSound, type SoakReport } from './soak-report.ts';
import { createSoakUser } from './soak-user.ts';

const STAGES = 3;
const SAMPLE_INTERVAL_MS = 30_000;
/** Sessions of answers that are over must be gone by then. */
const SETTLE_TIMEOUT_MS = 15_000;

/** Joins, leaves and several users for a long time: does anything grow, stick or get lost? */
export async function runSoak(args: readonly string[], context: CommandContext): Promise<void> {
  const options = readSoakOptions(args);
  if (options === 'help') {
    context.write(`${SOAK_USAGE}\n`);
    return;
  }
  const { repositoryRoot, callerDirectory, signal, write } = context;
  const swarm = await startSwarm({ repositoryRoot, signal });
  let report: SoakReport;
  try {
    report = await soak(swarm, options, context);
  } finally {
    await swarm.dispose();
  }
  const json = `${JSON.stringify(report, null, 2)}\n`;
  if (options.out !== undefined) await writeFile(resolve(callerDirectory, options.out), json);
  write(options.json ? json : describeSoak(report));
  if (!isSound(report)) throw new CliError('page-failed', 'The soak found something: see above.');
}

async function soak(
  swarm: Swarm,
  { minutes, users: userCount }: SoakOptions,
  { signal, say }: CommandContext,
): Promise<SoakReport> {
  const { modelRoot, blockCount } = swarm.relay.model;
  const ranges = splitBlocks(blockCount, STAGES);
  const staying = await swarm.assign(ranges);
  const asking: SwarmTab[] = [];
  for (let i = 0; i < userCount; i++) asking.push(await swarm.openTab());
  for (const tab of asking) await tab.awaitVolunteers(STAGES);
  const expected = new Map<number, string>();
  const users = asking.map((tab, index) => createSoakUser(tab, modelRoot, index, expected));
  const churn = createChurn(swarm, ranges);
  const tracks = await openTracks(swarm, staying, asking);

  const endMs = machineNowMs() + minutes * 60_000;
  const isOver = (): boolean => signal.aborted || machineNowMs() >= endMs;
  const running = [churn.run(isOver), ...users.map((user) => user.run(isOver))];
  while (!isOver()) {
    for (const track of tracks) await track.take();
    const answers = users.reduce((sum, user) => sum + user.answers, 0);
    const left = Math.max(0, (endMs - machineNowMs()) / 60_000);
    say(`soak: ${answers} answers, ${churn.joins} joins, ${left.toFixed(1)} minutes left\n`);
    const waitMs = Math.min(SAMPLE_INTERVAL_MS, endMs - machineNowMs());
    await new Promise((next) => setTimeout(next, Math.max(0, waitMs)));
  }
  await Promise.all(running);
  signal.throwIfAborted();
  const stuckSessions = await sessionsLeft(staying);
  for (const track of tracks) await track.take();
  const total = (read: (user: (typeof users)[number]) => number): number =>
    users.reduce((sum, user) => sum + read(user), 0);
  return {
    version: 1,
    minutes,
    users: userCount,
    answers: total(({ answers }) => answers),
    tokens: total(({ tokens }) => tokens),
    repairs: total(({ repairs }) => repairs),
    joins: churn.joins,
    leaves: churn.leaves,
    lost: users.flatMap(({ lost }) => lost),
    problems: churn.problems,
    stuckSessions,
    memory: tracks.map((track) => ({
      name: track.name,
      firstBytes: track.samples[0]?.[1] ?? 0,
      lastBytes: track.samples.at(-1)?.[1] ?? 0,
      megabytesPerMinute: track.slope(),
      samples: track.samples,
    })),
  };
}

async function openTracks(
  swarm: Swarm,
  staying: readonly SwarmTab[],
  asking: readonly SwarmTab[],
): Promise<MemoryTrack[]> {
  const relay = async () => (await swarm.relay.usage()).residentBytes;
  const tracks = [createMemoryTrack('relay (resident)', relay)];
  for (const [index, tab] of staying.entries()) {
    tracks.push(createMemoryTrack(`volunteer ${index + 1} (heap)`, await openHeapMeter(tab.page)));
  }
  for (const [index, tab] of asking.entries()) {
    tracks.push(createMemoryTrack(`user ${index + 1} (heap)`, await openHeapMeter(tab.page)));
  }
  return tracks;
}

/** Sessions that volunteers still hold when nobody asks any more. */
async function sessionsLeft(staying: readonly SwarmTab[]): Promise<number> {
  const endMs = machineNowMs() + SETTLE_TIMEOUT_MS;
  for (;;) {
    const states = await Promise.all(staying.map((tab) => tab.volunteerState()));
    const left = states.reduce((sum, { sessionCount }) => sum + sessionCount, 0);
    if (left === 0 || machineNowMs() > endMs) return left;
    await new Promise((next) => setTimeout(next, 250));
  }
}
