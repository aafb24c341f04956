import { type ParseArgsConfig, parseArgs } from 'node:util';
import { CliError } from './error.ts';

/** Parses `--name value` options; anything unknown or left over is a `usage` error. */
export function readOptions<Options extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: Options,
  usage: string,
): ReturnType<typeof parseArgs<{ strict: true; options: Options }>>['values'] {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw usageError(error instanceof Error ? error.message : String(error), usage);
  }
}

/** A whole number within bounds. */
export function readInteger(
  name: string,
  text: string,
  { min, max }: { min: number; max: number },
  usage: string,
): number {
  const value = Number(text);
  if (!/^\d{1,15}$/.test(text) || value < min || value > max) {
    throw usageError(`--${name} takes a whole number from ${min} to ${max}, not "${text}".`, usage);
  }
  return value;
}

/** One of a closed list of words. */
export function readChoice<const Choice extends string>(
  name: string,
  text: string,
  choices: readonly Choice[],
  usage: string,
): Choice {
  const choice = choices.find((each) => each === text);
  if (choice === undefined) {
    throw usageError(`--${name} takes ${choices.join(' or ')}, not "${text}".`, usage);
  }
  return choice;
}

export function usageError(message: string, usage: string): CliError {
  return new CliError('usage', `${message}\n${usage}`);
}
