import type { TimedAnswer } from '../../../harness/swarm/swarm-harness.ts';
import { splitBlocks } from '../../eval/split-blocks.ts';
import { swarmRequest } from '../../swarm/swarm-request.ts';
import type { SwarmTab } from '../../swarm/swarm-tab.ts';
import { median } from '../report/speeds.ts';
import { gapsOf } from './statistics.ts';
import type { SectionContext } from './swarm-bench.ts';
import type { UsersReport } from './swarm-report.ts';

const USERS = [1, 2, 4, 8];
const STAGES = 3;

/** Several people ask the same three tabs at once. */
export async function measureUsers(context: SectionContext): Promise<UsersReport[]> {
  const { swarm, options, say } = context;
  const { modelRoot, blockCount } = swarm.relay.model;
  await swarm.assign(splitBlocks(blockCount, STAGES));
  const requesters: SwarmTab[] = [];
  for (let i = 0; i < Math.max(...USERS); i++) requesters.push(await swarm.openTab());
  for (const tab of requesters) await tab.awaitVolunteers(STAGES);
  const requestOf = (user: number) =>
    swarmRequest(modelRoot, {
      seed: 1_000 + user,
      promptTokens: 24 + user * 5,
      tokensMax: options.tokens * 2,
      activation: 'f16',
    });
  try {
    const alone: TimedAnswer[] = [];
    for (const [user, tab] of requesters.entries()) alone.push(await tab.ask(requestOf(user)));
    const reports: UsersReport[] = [];
    for (const users of USERS) {
      const asking = requesters.slice(0, users).map((tab, user) => tab.ask(requestOf(user)));
      const answers = await Promise.all(asking);
      const report = reportUsers(answers, alone, reports[0]?.tokensPerSecond);
      reports.push(report);
      say(`users: ${users}, ${report.tokensPerSecond.toFixed(1)} tokens/s together\n`);
    }
    return reports;
  } finally {
    for (const tab of requesters) await tab.close();
  }
}

function reportUsers(
  answers: readonly TimedAnswer[],
  alone: readonly TimedAnswer[],
  singleTokensPerSecond: number | undefined,
): UsersReport {
  // While all of them receive tokens; before and after there are fewer.
  const fromMs = Math.max(...answers.map(({ tokenAtMs }) => tokenAtMs[0] ?? 0));
  const toMs = Math.min(...answers.map(({ tokenAtMs }) => tokenAtMs.at(-1) ?? 0));
  const within = answers.flatMap(({ tokenAtMs }) =>
    tokenAtMs.filter((atMs) => atMs > fromMs && atMs <= toMs),
  );
  const tokensPerSecond = (within.length * 1_000) / (toMs - fromMs);
  const stalls = answers.map(({ tokenAtMs }) => {
    const gaps = gapsOf(tokenAtMs);
    return Math.max(...gaps) / median(gaps);
  });
  return {
    users: answers.length,
    tokensPerSecond,
    speedup: tokensPerSecond / (singleTokensPerSecond ?? tokensPerSecond),
    worstStall: Math.max(...stalls),
    medianGapMs: median(answers.flatMap(({ tokenAtMs }) => gapsOf(tokenAtMs))),
    areTextsRight: answers.every(({ answer }, user) => isSame(answer, alone[user]?.answer)),
  };
}

export function isSame(a: TimedAnswer['answer'], b: TimedAnswer['answer'] | undefined): boolean {
  return a.tokenIds.length > 0 && a.tokenIds.join() === b?.tokenIds.join() && a.text === b.text;
}
