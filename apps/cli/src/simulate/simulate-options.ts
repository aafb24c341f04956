import { readChoice, readInteger, readOptions, usageError } from '../read-options.ts';
import { DEMANDS, type Demand } from './network/catalogue.ts';
import { POLICIES, type PolicyName } from './policies/policy.ts';

export const SIMULATE_USAGE = `Usage: npm run simulate -- planner [options]
  --volunteers N     tabs present at a time, up to 100000 (1000)
  --users PERCENT    people who ask, for a hundred volunteers, up to 1000 (200)
  --minutes N        simulated minutes that are measured, after ten that are not (10)
  --stay N           minutes a volunteer stays on average (40)
  --demand D         ${DEMANDS.join(', ')}: which models people ask for (mixed)
  --policies LIST    of ${POLICIES.join(', ')} (all)
  --seed N           the same seed gives the same volunteers, users and result (1)
  --plans N          networks of 12 whose plans are compared with the best by brute force (0)
  --peers N          directory entries for the time of one placement, up to 100000; 0 for none (0)
  --plots FOLDER     write plots as SVG files into it
  --json             print JSON instead of a table
  --out FILE         write the JSON to a file too`;

const VOLUNTEERS_MAX = 100_000;
const USERS_PERCENT_MAX = 1_000;
const MINUTES_MAX = 24 * 60;
const SEED_MAX = 2 ** 31;
const PLANS_MAX = 10_000;

export interface SimulateOptions {
  readonly volunteers: number;
  readonly users: number;
  readonly minutes: number;
  readonly stayMinutes: number;
  readonly demand: Demand;
  readonly policies: readonly PolicyName[];
  readonly seed: number;
  readonly plans: number;
  readonly peers: number;
  readonly plots: string | undefined;
  readonly json: boolean;
  readonly out: string | undefined;
}

/** Reads the command line; `help` when that is all it asks for. Throws `usage`. */
export function readSimulateOptions([what, ...args]: readonly string[]): SimulateOptions | 'help' {
  if (what === '--help' || what === '-h') return 'help';
  if (what !== 'planner') throw usageError('Say what to simulate: planner.', SIMULATE_USAGE);
  const values = readOptions(args, OPTIONS, SIMULATE_USAGE);
  if (values.help) return 'help';
  const integer = (name: string, text: string, min: number, max: number) =>
    readInteger(name, text, { min, max }, SIMULATE_USAGE);
  const volunteers = integer('volunteers', values.volunteers, 0, VOLUNTEERS_MAX);
  const percent = integer('users', values.users, 1, USERS_PERCENT_MAX);
  return {
    volunteers,
    users: Math.ceil((volunteers * percent) / 100),
    minutes: integer('minutes', values.minutes, 1, MINUTES_MAX),
    stayMinutes: integer('stay', values.stay, 1, MINUTES_MAX),
    demand: readChoice('demand', values.demand, DEMANDS, SIMULATE_USAGE),
    policies: readPolicies(values.policies),
    seed: integer('seed', values.seed, 0, SEED_MAX),
    plans: integer('plans', values.plans, 0, PLANS_MAX),
    peers: integer('peers', values.peers, 0, VOLUNTEERS_MAX),
    plots: pathOf('plots', values.plots),
    json: values.json,
    out: pathOf('out', values.out),
  };
}

function readPolicies(text: string): PolicyName[] {
  if (text === 'all') return [...POLICIES];
  const names = text
    .split(',')
    .map((name) => readChoice('policies', name, POLICIES, SIMULATE_USAGE));
  return [...new Set(names)];
}

function pathOf(name: string, text: string | undefined): string | undefined {
  if (text === '') throw usageError(`--${name} is empty.`, SIMULATE_USAGE);
  return text;
}

const OPTIONS = {
  volunteers: { type: 'string', default: '1000' },
  users: { type: 'string', default: '200' },
  minutes: { type: 'string', default: '10' },
  stay: { type: 'string', default: '40' },
  demand: { type: 'string', default: 'mixed' },
  policies: { type: 'string', default: 'all' },
  seed: { type: 'string', default: '1' },
  plans: { type: 'string', default: '0' },
  peers: { type: 'string', default: '0' },
  plots: { type: 'string' },
  json: { type: 'boolean', default: false },
  out: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;
