import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { CommandContext } from '../command-context.ts';
import { BENCH_USAGE, readBenchOptions } from './bench-options.ts';
import { runDawnBench, runEngineBench } from './engine-bench.ts';
import { describeReport } from './report/table.ts';
import { runSwarmBench } from './swarm/swarm-bench.ts';
import { readSwarmOptions, SWARM_USAGE } from './swarm/swarm-options.ts';
import { describeSwarmReport } from './swarm/swarm-table.ts';

/** Measures the engine beside other engines for browsers, or the network between tabs. */
export async function runBench(args: readonly string[], context: CommandContext): Promise<void> {
  if (args[0] === 'swarm') {
    const options = readSwarmOptions(args.slice(1));
    if (options === 'help') return context.write(`${SWARM_USAGE}\n`);
    const report = await runSwarmBench(options, context);
    return print(report, describeSwarmReport, options, context);
  }
  const options = readBenchOptions(args);
  if (options === 'help') return context.write(`${BENCH_USAGE}\n\n${SWARM_USAGE}\n`);
  const run = options.dawn ? runDawnBench : runEngineBench;
  return print(await run(options, context), describeReport, options, context);
}

async function print<Report>(
  report: Report,
  describe: (report: Report) => string,
  { json: isJson, out }: { readonly json: boolean; readonly out: string | undefined },
  { callerDirectory, write }: CommandContext,
): Promise<void> {
  const json = `${JSON.stringify(report, null, 2)}\n`;
  if (out !== undefined) await writeFile(resolve(callerDirectory, out), json);
  write(isJson ? json : describe(report));
}
