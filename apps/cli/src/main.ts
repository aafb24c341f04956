import { join } from 'node:path';
import { runBench } from './bench/bench-command.ts';
import { runCatalog } from './catalog/catalog-command.ts';
import type { CommandContext } from './command-context.ts';
import { runDemo } from './demo/demo-command.ts';
import { CliError, describeError } from './error.ts';
import { runEval } from './eval/eval-command.ts';
import { runSimulate } from './simulate/simulate-command.ts';
import { runSoak } from './soak/soak-command.ts';

const COMMANDS = {
  demo: runDemo,
  eval: runEval,
  catalog: runCatalog,
  bench: runBench,
  simulate: runSimulate,
  soak: runSoak,
};

/** Runs one command; the exit code says whether it worked (0), failed (1) or was misused (2). */
async function main([name = '', ...args]: string[]): Promise<number> {
  const root = join(import.meta.dirname, '../..');
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => interrupt.abort(new CliError('interrupted', `Stopped by ${signal}.`)));
  }
  const context: CommandContext = {
    repositoryRoot: root,
    callerDirectory: callerDirectory(root),
    signal: interrupt.signal,
    write: (text) => process.stdout.write(text),
    say: (text) => process.stderr.write(text),
  };
  try {
    const command = COMMANDS[name as keyof typeof COMMANDS];
    if (command === undefined) {
      throw new CliError('usage', `Commands: ${Object.keys(COMMANDS).join(', ')}.`);
    }
    await command(args, context);
    return 0;
  } catch (error) {
    process.stderr.write(`${describeError(error)}\n`);
    return error instanceof CliError && error.code === 'usage' ? 2 : 1;
  }
}

/** npm runs scripts at the repository's root; paths on the command line mean where npm was called. */
function callerDirectory(root: string): string {
  const { npm_package_json: npmPackage, INIT_CWD: calledIn } = process.env;
  const isOurs = npmPackage === join(root, 'package.json') && calledIn !== undefined;
  return isOurs ? calledIn : process.cwd();
}

// Open sockets or a hanging browser must not keep a finished command alive.
process.exit(await main(process.argv.slice(2)));
