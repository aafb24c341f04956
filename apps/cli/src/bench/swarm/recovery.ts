import type { StageRange } from '@manyhands/engine/stage';
import { describeError } from '../../error.ts';
import { splitBlocks } from '../../eval/split-blocks.ts';
import { disturb, type Fault } from '../../swarm/disturb.ts';
import { swarmRequest } from '../../swarm/swarm-request.ts';
import { median } from '../report/speeds.ts';
import type { SectionContext } from './swarm-bench.ts';
import type { RecoveryReport } from './swarm-report.ts';
import { isSame } from './users.ts';

const STAGES = 3;
const FAULTS: readonly Fault[] = ['closed', 'killed', 'frozen', 'cut'];
const PROMPT_TOKENS = 256;
const TOKENS = 40;

/** Time until an answer goes on, with a spare present for every stage. */
export async function measureRecovery(context: SectionContext): Promise<RecoveryReport[]> {
  const { swarm, options } = context;
  const ranges = splitBlocks(swarm.relay.model.blockCount, STAGES);
  await swarm.assign([...ranges, ...ranges]);
  const reports: RecoveryReport[] = [];
  for (const fault of FAULTS) {
    const samplesMs: number[] = [];
    const failures: string[] = [];
    let right = 0;
    for (let repeat = 0; repeat < options.repeats; repeat++) {
      try {
        const { resumeMs, isRight } = await loseOne(context, ranges, fault, repeat);
        samplesMs.push(resumeMs);
        if (isRight) right += 1;
        context.say(`recovery: ${fault}, ${Math.round(resumeMs)} ms${isRight ? '' : ', WRONG'}\n`);
      } catch (error) {
        failures.push(describeError(error));
        context.say(`recovery: ${fault}, ${describeError(error)}\n`);
      }
    }
    const resumeMs = { median: median(samplesMs), worst: Math.max(...samplesMs) };
    reports.push({ fault, repeats: options.repeats, resumeMs, samplesMs, right, failures });
  }
  return reports;
}

async function loseOne(
  { swarm, requester, quiet }: SectionContext,
  ranges: readonly StageRange[],
  fault: Fault,
  repeat: number,
): Promise<{ readonly resumeMs: number; readonly isRight: boolean }> {
  const volunteerCount = 2 * ranges.length;
  // Whoever was lost last time is replaced.
  for (const range of ranges) {
    const holders = swarm.volunteers.filter((tab) => tab.range?.firstBlock === range.firstBlock);
    for (let missing = holders.length; missing < 2; missing++) await swarm.addVolunteer(range);
  }
  for (const tab of [requester, quiet]) await tab.awaitVolunteers(volunteerCount);
  for (const tab of swarm.volunteers) await tab.findProcess();
  const seed = 2_000 + repeat;
  const prompt = { seed, promptTokens: PROMPT_TOKENS, tokensMax: TOKENS };
  const request = swarmRequest(swarm.relay.model.modelRoot, prompt);
  // Another person's answer: what it leaves behind at the volunteers helps nobody else.
  const undisturbed = await quiet.ask(request);
  const place = repeat % ranges.length;
  const disturbed = await disturb({ swarm, requester, request, fault, phase: 'decode', place });
  for (const tab of disturbed.lost) await swarm.remove(tab);
  const isRight = isSame(disturbed.timed.answer, undisturbed.answer);
  return { resumeMs: disturbed.resumeMs, isRight };
}
