import { PASS_MS, ROW_MS } from '../../../harness/swarm/stand-in-backend.ts';
import type { CommandContext } from '../../command-context.ts';
import { type Swarm, startSwarm } from '../../swarm/swarm.ts';
import type { SwarmTab } from '../../swarm/swarm-tab.ts';
import { describeMachine } from '../report/describe-machine.ts';
import { measureDelays } from './delays.ts';
import { measureHops } from './hops.ts';
import { measureLoss } from './loss.ts';
import { measureRecovery } from './recovery.ts';
import { measureRelay } from './relay-load.ts';
import type { Section, SwarmBenchOptions } from './swarm-options.ts';
import type { SwarmReport } from './swarm-report.ts';
import { measureUsers } from './users.ts';

export interface BenchContext {
  readonly options: SwarmBenchOptions;
  /** The repository. */
  readonly root: string;
  readonly signal: AbortSignal;
  say(text: string): void;
}

/** What a section gets that needs tabs. */
export interface SectionContext extends BenchContext {
  readonly swarm: Swarm;
  readonly requester: SwarmTab;
  /** Another person, who asks what nothing disturbs. */
  readonly quiet: SwarmTab;
}

/** Measures the network between tabs, with stages that wait instead of computing. */
export async function runSwarmBench(
  options: SwarmBenchOptions,
  { repositoryRoot: root, signal, say }: CommandContext,
): Promise<SwarmReport> {
  const context: BenchContext = { options, root, signal, say };
  const startedAt = new Date().toISOString();
  const has = (section: Section): boolean => options.sections.includes(section);
  /** Each section starts with tabs of its own: none inherits what another one left behind. */
  const inSwarm = async <Report>(
    section: Section,
    measure: (context: SectionContext) => Promise<Report>,
  ): Promise<Report | undefined> => {
    if (!has(section)) return undefined;
    const swarm = await startSwarm({ repositoryRoot: root, signal });
    try {
      const requester = await swarm.openTab();
      const quiet = await swarm.openTab();
      return await measure({ ...context, swarm, requester, quiet });
    } finally {
      await swarm.dispose();
    }
  };
  const hops = await inSwarm('hops', measureHops);
  const delays = await inSwarm('delays', measureDelays);
  const loss = has('loss') ? await measureLoss(context) : undefined;
  const users = await inSwarm('users', measureUsers);
  const recovery = await inSwarm('recovery', measureRecovery);
  const relay = has('relay') ? await measureRelay(context) : undefined;
  return {
    version: 1,
    startedAt,
    machine: describeMachine('Chromium'),
    passMs: PASS_MS,
    rowMs: ROW_MS,
    ...(hops && { hops }),
    ...(delays && { delays }),
    ...(loss && { loss }),
    ...(users && { users }),
    ...(recovery && { recovery }),
    ...(relay && { relay }),
  };
}
