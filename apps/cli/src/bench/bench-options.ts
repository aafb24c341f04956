import { readChoice, readInteger, readOptions, usageError } from '../read-options.ts';
import { SHAPES, WEIGHT_TYPES, type WeightType } from './model/shapes.ts';

/** Models whose files exist beside those that are made up. */
export const FILE_MODELS = {
  pip: 'apps/web/models/pip-7m-q8_0.gguf',
  stories260k: '../shared/models/stories260K/stories260K-q8_0.gguf',
} as const;
export type FileModel = keyof typeof FILE_MODELS;

export const BACKENDS = ['webgpu', 'wasm'] as const;
export type Backend = (typeof BACKENDS)[number];

export const RIVALS = ['ort', 'wllama', 'wllama-next'] as const;
export type Rival = (typeof RIVALS)[number];

const MODELS = [...Object.keys(SHAPES), ...Object.keys(FILE_MODELS)];
const DEFAULT_SHAPES = 'smollm2-135m,qwen3-0.6b,pip,stories260k';
const BLOCKS_MAX = 64;
const REPEATS_MAX = 100;
/** The longest that one quantity of one contender is measured, after its first measurement. */
const BUDGET_MS = { usual: 15_000, quick: 3_000 };

export const BENCH_USAGE = `Usage: npm run bench -- engine [options]
  --shapes LIST          of ${MODELS.join(', ')}; or all
                         (${DEFAULT_SHAPES})
  --types LIST           weights of made-up models: ${WEIGHT_TYPES.join(', ')}; or all (Q4_0,Q8_0)
  --backends LIST        of ${BACKENDS.join(', ')} (both)
  --rivals LIST          of ${RIVALS.join(', ')}; or none (all)
  --blocks N             blocks of a made-up model to run; by default all of them, and 6 on a
                         software WebGPU adapter, from which the whole model is extrapolated
  --repeats N            measurements of each quantity (5)
  --quick                less time for each quantity, and no prefill of 512 tokens
  --adapter auto|swiftshader   the machine's GPU where Chromium finds one (auto), or its software
  --dawn                 ours only, in Node through Dawn, without a browser
  --json                 print JSON instead of a table
  --out FILE             write the JSON to a file too`;

export interface BenchOptions {
  readonly shapes: readonly string[];
  readonly types: readonly WeightType[];
  readonly backends: readonly Backend[];
  readonly rivals: readonly Rival[];
  readonly blocks: number | undefined;
  readonly repeats: number;
  readonly budgetMs: number;
  readonly prefillCounts: readonly number[];
  readonly adapter: 'auto' | 'swiftshader';
  readonly dawn: boolean;
  readonly json: boolean;
  readonly out: string | undefined;
}

/** Reads the command line; `help` when that is all it asks for. Throws `usage`. */
export function readBenchOptions([what, ...args]: readonly string[]): BenchOptions | 'help' {
  if (what === '--help' || what === '-h') return 'help';
  if (what !== 'engine') throw usageError('Say what to measure: engine or swarm.', BENCH_USAGE);
  const values = readOptions(args, OPTIONS, BENCH_USAGE);
  if (values.help) return 'help';
  return {
    shapes: readList('shapes', values.shapes, MODELS),
    types: readList('types', values.types, WEIGHT_TYPES),
    backends: readList('backends', values.backends, BACKENDS),
    rivals: values.rivals === 'none' ? [] : readList('rivals', values.rivals, RIVALS),
    blocks: values.blocks === undefined ? undefined : integer('blocks', values.blocks, BLOCKS_MAX),
    repeats: integer('repeats', values.repeats, REPEATS_MAX),
    budgetMs: values.quick ? BUDGET_MS.quick : BUDGET_MS.usual,
    prefillCounts: values.quick ? [64] : [64, 512],
    adapter: readChoice('adapter', values.adapter, ['auto', 'swiftshader'], BENCH_USAGE),
    dawn: values.dawn,
    json: values.json,
    out: values.out === '' ? undefined : values.out,
  };
}

const OPTIONS = {
  shapes: { type: 'string', default: DEFAULT_SHAPES },
  types: { type: 'string', default: 'Q4_0,Q8_0' },
  backends: { type: 'string', default: 'all' },
  rivals: { type: 'string', default: 'all' },
  blocks: { type: 'string' },
  repeats: { type: 'string', default: '5' },
  quick: { type: 'boolean', default: false },
  adapter: { type: 'string', default: 'auto' },
  dawn: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  out: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

function integer(name: string, text: string, max: number): number {
  return readInteger(name, text, { min: 1, max }, BENCH_USAGE);
}

/** Words of a closed list in the order given, each once; letters of either case. */
function readList<Choice extends string>(
  name: string,
  text: string,
  choices: readonly Choice[],
): readonly Choice[] {
  if (text === 'all') return choices;
  const chosen = text.split(',').map((word) => {
    const choice = choices.find((each) => each.toLowerCase() === word.trim().toLowerCase());
    if (choice !== undefined) return choice;
    const known = choices.join(', ');
    throw usageError(`--${name} takes a list of ${known}, not "${word}".`, BENCH_USAGE);
  });
  return [...new Set(chosen)];
}
