import { BACKENDS, type BackendChoice } from '@manyhands/engine/worker/choose-backend';
import { DEMO_ANSWERS_MAX, DEMO_TABS_MAX, DEMO_TEXTS_MAX, DEMO_TOKENS_MAX } from '../limits.ts';
import { readChoice, readInteger, readOptions, usageError } from '../read-options.ts';

export const DEMO_USAGE = `Usage: npm run demo -- [options]
       npm run demo -- --embed TEXT [--embed TEXT ...] [--tabs N] [--model FILE.onnx] [--json]
  --tabs N          volunteer tabs; each holds its share of the blocks (3), or a whole model (1)
  --model MODEL     builtin, a GGUF file, or the URL of one (builtin)
  --embed TEXT      ask for the vector of a text instead of an answer; may be repeated. --model is then
                    builtin (a small one made on the spot) or an ONNX file with its card beside it
  --prompt TEXT     what to ask (What is Manyhands?)
  --raw             feed the prompt as it is, without the chat template; control tokens are parsed
  --max-tokens N    longest answer (96)
  --temperature T   0 always takes the likeliest token (0)
  --seed S          makes a temperature above 0 repeatable
  --backend B       auto, webgpu or wasm: what the volunteers compute with (auto)
  --no-drafts       one token a pass: no guesses from the text so far are verified together
  --answers N       ask that many times, one after the other, in the same tab (1)
  --json            print one line of JSON an answer and nothing else`;

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
  readonly drafts: boolean;
  readonly answers: number;
  readonly json: boolean;
  /** Texts whose vectors are wanted; an answer otherwise. */
  readonly embed: readonly string[];
}

/** Reads the command line; `help` when that is all it asks for. Throws `usage`. */
export function readDemoOptions(args: readonly string[]): DemoOptions | 'help' {
  const values = readOptions(
    args,
    {
      tabs: { type: 'string' },
      model: { type: 'string', default: 'builtin' },
      prompt: { type: 'string', default: 'What is Manyhands?' },
      raw: { type: 'boolean', default: false },
      'max-tokens': { type: 'string', default: '96' },
      temperature: { type: 'string', default: '0' },
      seed: { type: 'string' },
      backend: { type: 'string', default: 'auto' },
      'no-drafts': { type: 'boolean', default: false },
      answers: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
      embed: { type: 'string', multiple: true },
      help: { type: 'boolean', short: 'h', default: false },
    },
    DEMO_USAGE,
  );
  if (values.help) return 'help';
  if (values.model === '') throw usageError('--model is empty.', DEMO_USAGE);
  const integer = (name: string, text: string, min: number, max: number) =>
    readInteger(name, text, { min, max }, DEMO_USAGE);
  const embed = values.embed ?? [];
  if (embed.length > DEMO_TEXTS_MAX) {
    throw usageError(`--embed takes at most ${DEMO_TEXTS_MAX} texts.`, DEMO_USAGE);
  }
  const tabs = values.tabs ?? (embed.length > 0 ? '1' : '3');
  return {
    embed,
    tabs: integer('tabs', tabs, 1, DEMO_TABS_MAX),
    model: values.model,
    prompt: values.prompt,
    raw: values.raw,
    maxTokens: integer('max-tokens', values['max-tokens'], 1, DEMO_TOKENS_MAX),
    temperature: readTemperature(values.temperature),
    seed: values.seed === undefined ? undefined : integer('seed', values.seed, 0, SEED_MAX),
    backend: readChoice('backend', values.backend, ['auto', ...BACKENDS], DEMO_USAGE),
    drafts: !values['no-drafts'],
    answers: integer('answers', values.answers, 1, DEMO_ANSWERS_MAX),
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
