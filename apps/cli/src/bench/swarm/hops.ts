import { PASS_MS, ROW_MS } from '../../../harness/swarm/stand-in-backend.ts';
import { splitBlocks } from '../../eval/split-blocks.ts';
import type { SwarmTab } from '../../swarm/swarm-tab.ts';
import { median } from '../report/speeds.ts';
import { measureSpeed } from './measure-speed.ts';
import { slopeOf } from './statistics.ts';
import type { SectionContext } from './swarm-bench.ts';
import type { HopsReport } from './swarm-report.ts';
import { type TokenWays, takeTokenWays } from './token-ways.ts';

const STAGES_MAX = 4;

/** What each further browser costs beyond its own time, without any delay on the links. */
export async function measureHops(context: SectionContext): Promise<HopsReport> {
  const { swarm, requester, options, say } = context;
  const { modelRoot, blockCount } = swarm.relay.model;
  const chains: { stages: number; tokenMs: number }[] = [];
  const stepsMs: number[] = [];
  const ways: TokenWays[] = [];
  for (let stages = 1; stages <= STAGES_MAX; stages++) {
    const tabs = await swarm.assign(splitBlocks(blockCount, stages));
    await requester.awaitVolunteers(stages);
    const times: number[] = [];
    await forget([requester, ...tabs]);
    for (let i = 0; i < options.answers; i++) {
      const speed = await measureSpeed(requester, modelRoot, { tokens: options.tokens });
      times.push(...speed.gapsMs);
      for (const tab of tabs) stepsMs.push(...(await tab.takeSteps()).oneRowMs);
    }
    ways.push(await takeTokenWays(requester, tabs));
    chains.push({ stages, tokenMs: median(times) });
    say(`hops: ${stages} stages, ${median(times).toFixed(2)} ms a token\n`);
  }
  const addedMs = slopeOf(chains.map(({ stages, tokenMs }) => [stages, tokenMs]));
  const hopMs = addedMs - PASS_MS - ROW_MS;
  return {
    chains,
    addedMs,
    hopMs,
    stepMs: median(stepsMs),
    turnaroundMs: median(ways.map(({ turnaroundMs }) => turnaroundMs)),
    linkMs: median(ways.map(({ linkMs }) => linkMs)),
    requesterMs: median(ways.map(({ requesterMs }) => requesterMs)),
  };
}

async function forget(tabs: readonly SwarmTab[]): Promise<void> {
  for (const tab of tabs) {
    await tab.takeSteps();
    await tab.takeTurnarounds();
    await tab.takeTrips();
  }
}
