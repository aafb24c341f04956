import { readInteger, readOptions } from '../read-options.ts';

const MINUTES_MAX = 24 * 60;
const USERS_MAX = 8;

export const SOAK_USAGE = `Usage: npm run soak -- [options]
  --minutes N   how long (30)
  --users N     people who ask at the same time (4)
  --json        print JSON instead of text
  --out FILE    write the JSON to a file too`;

export interface SoakOptions {
  readonly minutes: number;
  readonly users: number;
  readonly json: boolean;
  readonly out: string | undefined;
}

export function readSoakOptions(args: readonly string[]): SoakOptions | 'help' {
  const values = readOptions(args, OPTIONS, SOAK_USAGE);
  if (values.help) return 'help';
  const bounded = (name: 'minutes' | 'users', max: number): number =>
    readInteger(name, values[name], { min: 1, max }, SOAK_USAGE);
  return {
    minutes: bounded('minutes', MINUTES_MAX),
    users: bounded('users', USERS_MAX),
    json: values.json,
    out: values.out === '' ? undefined : values.out,
  };
}

const OPTIONS = {
  minutes: { type: 'string', default: '30' },
  users: { type: 'string', default: '4' },
  json: { type: 'boolean', default: false },
  out: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;
