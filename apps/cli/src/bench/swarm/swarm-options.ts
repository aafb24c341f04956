import { readInteger, readOptions, usageError } from '../../read-options.ts';

export const SECTIONS = ['hops', 'delays', 'loss', 'users', 'recovery', 'relay'] as const;
export type Section = (typeof SECTIONS)[number];

const REPEATS_MAX = 100;
const PEERS_MAX = 5_000;
const USUAL = { tokens: 96, answers: 3, repeats: 20, peers: 1_000, loadSeconds: 30 };
const QUICK = { tokens: 48, answers: 1, repeats: 2, peers: 100, loadSeconds: 5 };

export const SWARM_USAGE = `Usage: npm run bench -- swarm [options]
  --only LIST     of ${SECTIONS.join(', ')} (all)
  --repeats N     losses of each kind in recovery (${USUAL.repeats})
  --peers N       sockets in relay (${USUAL.peers})
  --netem FILE    tapnetem.py, which loss needs, with root (../shared/tools/tapnetem.py)
  --quick         fewer tokens and repetitions: tries the benchmark, measures little
  --json          print JSON instead of tables
  --out FILE      write the JSON to a file too`;

export interface SwarmBenchOptions {
  readonly sections: readonly Section[];
  /** Tokens of an answer whose speed is measured. */
  readonly tokens: number;
  /** Answers of one kind that are measured. */
  readonly answers: number;
  readonly repeats: number;
  readonly peers: number;
  readonly loadSeconds: number;
  readonly netem: string;
  readonly json: boolean;
  readonly out: string | undefined;
}

/** Reads what follows `bench swarm`; `help` when that is all it asks for. Throws `usage`. */
export function readSwarmOptions(args: readonly string[]): SwarmBenchOptions | 'help' {
  const values = readOptions(args, OPTIONS, SWARM_USAGE);
  if (values.help) return 'help';
  const usual = values.quick ? QUICK : USUAL;
  const count = (name: string, text: string | undefined, fallback: number, max: number): number =>
    text === undefined ? fallback : readInteger(name, text, { min: 1, max }, SWARM_USAGE);
  return {
    sections: readSections(values.only),
    tokens: usual.tokens,
    answers: usual.answers,
    repeats: count('repeats', values.repeats, usual.repeats, REPEATS_MAX),
    peers: count('peers', values.peers, usual.peers, PEERS_MAX),
    loadSeconds: usual.loadSeconds,
    netem: values.netem,
    json: values.json,
    out: values.out === '' ? undefined : values.out,
  };
}

const OPTIONS = {
  only: { type: 'string', default: 'all' },
  repeats: { type: 'string' },
  peers: { type: 'string' },
  netem: { type: 'string', default: '../shared/tools/tapnetem.py' },
  quick: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  out: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

function readSections(text: string): readonly Section[] {
  if (text === 'all') return SECTIONS;
  const words = text.split(',').map((word) => word.trim());
  const unknown = words.find((word) => SECTIONS.every((section) => section !== word));
  if (unknown !== undefined) {
    const known = SECTIONS.join(', ');
    throw usageError(`--only takes a list of ${known}, not "${unknown}".`, SWARM_USAGE);
  }
  return SECTIONS.filter((section) => words.includes(section));
}
