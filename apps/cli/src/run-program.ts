import { join } from 'node:path';
import type { CommandContext } from './command-context.ts';
import { CliError, describeError } from './error.ts';

/** What a name on the command line runs. Rejects where it did not work. */
export type Command = (args: readonly string[], context: CommandContext) => Promise<void>;

/** Runs one command and ends the process: 0 where it worked, 1 where it failed, 2 where it was misused. */
export async function runProgram(
  commands: Readonly<Record<string, Command>>,
  usage: string,
): Promise<never> {
  const [name = '--help', ...args] = process.argv.slice(2);
  if (name === '--help' || name === '-h') {
    process.stdout.write(`${usage}\n`);
    process.exit(0);
  }
  // Open sockets or a hanging browser must not keep a finished command alive.
  process.exit(await run(Object.hasOwn(commands, name) ? commands[name] : undefined, args, usage));
}

async function run(
  command: Command | undefined,
  args: readonly string[],
  usage: string,
): Promise<number> {
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
    if (command === undefined) throw new CliError('usage', usage);
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
