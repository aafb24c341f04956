import { BACKENDS, type BackendChoice } from '@manyhands/engine/worker/choose-backend';
import { DEMO_TABS_MAX, DEMO_TOKENS_MAX } from '../limits.ts';
import { readChoice, readInteger, readOptions, usageError } from '../read-options.ts';

export const DEMO_USAGE = `Usage: npm run demo -- [options]
  --tabs N          volunteer tabs; each holds its share of the blocks (3)
  --model MODEL     builtin, a GGUF file, or the URL of one (builtin)
  --prompt TEXT     what to ask (What is Manyhands?)
  --raw             feed the prompt as it is, without the chat template; control tokens are parsed
  --max-tokens N    longest answer (96)
  --temperature T   0 always takes the likeliest token (0)
  --seed S          makes a temperature above 0 repeatable
  --backend B       auto, webgpu or wasm: what the volunteers compute with (auto)
  --json            print one line of JSON and nothing else`;

const TEMPERATURE_MAX = 10;
const SEED_MAX = 2 ** 32 - 1;

export interface DemoOptions {
  readonly tabs: number;
  /** `builtin`, a path or an http(s) URL. */
  readonly model: string;
  readonly prompt: string;
  readonly raw: boolean;
  readonly maxTokens: number;
  readonly temperature: number;
  readonly seed: number | undefined;
  readonly backend: BackendChoice;
  readonly json: boolean;
}

/** Reads the command line; `help` when that is all it asks for. Throws `usage`. */
export function readDemoOptions(args: readonly string[]): DemoOptions | 'help' {
  const values = readOptions(
    args,
    {
      tabs: { type: 'string', default: '3' },
      model: { type: 'string', default: 'builtin' },
      prompt: { type: 'string', default: 'What is Manyhands?' },
      raw: { type: 'boolean', default: false },
      'max-tokens': { type: 'string', default: '96' },
      temperature: { type: 'string', default: '0' },
      seed: { type: 'string' },
      backend: { type: 'string', default: 'auto' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
    DEMO_USAGE,
  );
  if (values.help) return 'help';
  if (values.model === '') throw usageError('--model is empty.', DEMO_USAGE);
  const integer = (name: string, text: string, min: number, max: number) =>
    readInteger(name, text, { min, max }, DEMO_USAGE);
  return {
    tabs: integer('tabs', values.tabs, 1, DEMO_TABS_MAX),
    model: values.model,
    prompt: values.prompt,
    raw: values.raw,
    maxTokens: integer('max-tokens', values['max-tokens'], 1, DEMO_TOKENS_MAX),
    temperature: readTemperature(values.temperature),
    seed: values.seed === undefined ? undefined : integer('seed', values.seed, 0, SEED_MAX),
    backend: readChoice('backend', values.backend, ['auto', ...BACKENDS], DEMO_USAGE),
    json: values.json,
  };
}

function readTemperature(text: string): number {
  const value = Number(text);
  if (/^\d{1,2}(\.\d{1,6})?$/.test(text) && value <= TEMPERATURE_MAX) return value;
  throw usageError(
    `--temperature takes a number from 0 to ${TEMPERATURE_MAX}, not "${text}".`,
    DEMO_USAGE,
  );
}
