import { PASS_MS, ROW_MS } from '../../../harness/swarm/stand-in-backend.ts';
import { splitBlocks } from '../../eval/split-blocks.ts';
import { median } from '../report/speeds.ts';
import { measureSpeed } from './measure-speed.ts';
import type { SectionContext } from './swarm-bench.ts';
import type { DelayReport } from './swarm-report.ts';
import { takeTokenWays } from './token-ways.ts';

const ONE_WAY_MS = [0, 5, 20, 50];
const STAGES = [2, 3];

/** Pooled's published tokens a second for as many devices, at these one-way delays. */
const RIVAL: Readonly<Record<number, readonly number[]>> = {
  2: [27.9, 21.1, 12.9, 7.2],
  3: [24.8, 17.7, 9.9, 5.2],
};

/** Speed over links that are slow: each message of each link is held back in the sender's page. */
export async function measureDelays(context: SectionContext): Promise<DelayReport[]> {
  const { swarm, requester, say } = context;
  const reports: DelayReport[] = [];
  for (const stages of STAGES) {
    const tabs = await swarm.assign(splitBlocks(swarm.relay.model.blockCount, stages));
    await requester.awaitVolunteers(stages);
    const everybody = [...tabs, requester];
    for (const [index, oneWayMs] of ONE_WAY_MS.entries()) {
      for (const tab of everybody) {
        await tab.shape({ delayMs: oneWayMs });
        await tab.takeDelays();
        await tab.takeTurnarounds();
        await tab.takeTrips();
      }
      const plain = await medianSpeed(context, false);
      const { linkMs } = await takeTokenWays(requester, tabs);
      const drafted = await medianSpeed(context, true);
      const delays: number[] = [];
      for (const tab of everybody) delays.push(...(await tab.takeDelays()));
      reports.push({
        stages,
        oneWayMs,
        measuredDelayMs: oneWayMs === 0 ? 0 : median(delays),
        linkMs,
        boundTokensPerSecond: boundOf(stages, oneWayMs),
        linkBoundTokensPerSecond: boundOf(stages, linkMs),
        plainTokensPerSecond: plain,
        draftTokensPerSecond: drafted,
        rivalTokensPerSecond: RIVAL[stages]?.[index],
      });
      say(`delays: ${stages} stages, ${oneWayMs} ms: ${plain.toFixed(1)} tokens/s\n`);
    }
    for (const tab of everybody) await tab.shape({ delayMs: 0 });
  }
  return reports;
}

/** A token passes every stage and every link once; the requester is the end of the last. */
export function boundOf(stages: number, oneWayMs: number): number {
  return 1_000 / (stages * (PASS_MS + ROW_MS) + (stages + 1) * oneWayMs);
}

async function medianSpeed(
  { swarm, requester, options }: SectionContext,
  drafts: boolean,
): Promise<number> {
  const { tokens, answers } = options;
  const speeds: number[] = [];
  for (let i = 0; i < answers; i++) {
    const how = { tokens, drafts, isRepeating: true };
    speeds.push((await measureSpeed(requester, swarm.relay.model.modelRoot, how)).tokensPerSecond);
  }
  return median(speeds);
}
