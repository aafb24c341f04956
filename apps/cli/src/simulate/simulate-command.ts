import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { CommandContext } from '../command-context.ts';
import { comparePlans, type PlanComparison } from './best-plan/compare-plans.ts';
import { simulatePolicy } from './network/simulate-policy.ts';
import { measurePlacement, type PlacementTimes } from './placement-time.ts';
import { drawPlots } from './report/plots.ts';
import { describeReport, type SimulationReport } from './report/table.ts';
import { readSimulateOptions, SIMULATE_USAGE } from './simulate-options.ts';

/** Runs the planner and the baselines over a network that exists only here. */
export async function runSimulate(args: readonly string[], context: CommandContext): Promise<void> {
  const options = readSimulateOptions(args);
  if (options === 'help') {
    context.write(`${SIMULATE_USAGE}\n`);
    return;
  }
  const { policies, volunteers, plans, peers, seed } = options;
  const results: SimulationReport['results'][number][] = [];
  for (const policy of volunteers === 0 ? [] : policies) {
    context.say(`Simulating ${volunteers} volunteers placed by ${policy} ...\n`);
    results.push(simulatePolicy(policy, options, context.signal));
    // An interrupt is heard between two policies.
    await new Promise((done) => setImmediate(done));
    context.signal.throwIfAborted();
  }
  let comparison: PlanComparison | undefined;
  if (plans > 0) {
    context.say(`Comparing ${plans} plans of 12 volunteers with the best ones ...\n`);
    comparison = comparePlans(seed, plans, context.signal);
  }
  let placement: PlacementTimes | undefined;
  if (peers > 0) {
    context.say(`Placing newcomers among ${peers} volunteers ...\n`);
    placement = measurePlacement(peers, seed);
  }
  const report: SimulationReport = {
    options,
    results,
    ...(comparison && { comparison }),
    ...(placement && { placement }),
  };
  const json = `${JSON.stringify(report, null, 2)}\n`;
  if (options.out !== undefined)
    await writeFile(resolve(context.callerDirectory, options.out), json);
  if (options.plots !== undefined && results.length > 0) {
    const folder = resolve(context.callerDirectory, options.plots);
    await mkdir(folder, { recursive: true });
    for (const { name, svg } of drawPlots(report)) await writeFile(join(folder, name), svg);
  }
  context.write(options.json ? json : describeReport(report));
}
