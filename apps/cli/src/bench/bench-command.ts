import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { CommandContext } from '../command-context.ts';
import { BENCH_USAGE, readBenchOptions } from './bench-options.ts';
import { runDawnBench, runEngineBench } from './engine-bench.ts';
import { describeReport } from './report/table.ts';

/** Measures the engine beside other engines for browsers, on the same weights and device. */
export async function runBench(args: readonly string[], context: CommandContext): Promise<void> {
  const options = readBenchOptions(args);
  if (options === 'help') {
    context.write(`${BENCH_USAGE}\n`);
    return;
  }
  const run = options.dawn ? runDawnBench : runEngineBench;
  const report = await run(options, context);
  const json = `${JSON.stringify(report, null, 2)}\n`;
  if (options.out !== undefined) {
    await writeFile(resolve(context.callerDirectory, options.out), json);
  }
  context.write(options.json ? json : describeReport(report));
}
