import { CANDIDATE_COUNT_MAX } from '@manyhands/engine/stage';
import { BACKENDS, type BackendChoice } from '@manyhands/engine/worker/choose-backend';
import { ACTIVATION_TYPES, type ActivationType } from '@manyhands/protocol/activation';
import { EVAL_GENERATE_MAX, EVAL_TOKENS_MAX } from '../limits.ts';
import { readChoice, readInteger, readOptions, usageError } from '../read-options.ts';

export const EVAL_USAGE = `Usage: npm run eval -- --model FILE (--tokens 1,2,3 | --text TEXT) [options]
  --generate N           greedy tokens to generate (24)
  --stages N             cut the model into N stages, one Worker each (1)
  --top N                likeliest tokens to list for the first four positions, up to 64 (8)
  --backend auto|webgpu|wasm  what computes: the GPU, the processor, or the faster one (auto)
  --activations f32|auto precision within stages: auto is as volunteers compute (f32)
  --wire f32|f16|q8      precision between stages (f16 with --activations auto, else f32)
  --json                 print one line of JSON and nothing else`;

export interface EvalOptions {
  readonly modelFile: string;
  readonly prompt: { readonly tokens: readonly number[] } | { readonly text: string };
  readonly generate: number;
  readonly stages: number;
  readonly top: number;
  readonly backend: BackendChoice;
  readonly activations: 'f32' | 'auto';
  readonly wire: ActivationType;
  readonly json: boolean;
}

/** Reads the command line; `help` when that is all it asks for. Throws `usage`. */
export function readEvalOptions(args: readonly string[]): EvalOptions | 'help' {
  const values = readOptions(
    args,
    {
      model: { type: 'string' },
      tokens: { type: 'string' },
      text: { type: 'string' },
      generate: { type: 'string', default: '24' },
      stages: { type: 'string', default: '1' },
      top: { type: 'string', default: '8' },
      backend: { type: 'string', default: 'auto' },
      activations: { type: 'string', default: 'f32' },
      wire: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
    EVAL_USAGE,
  );
  if (values.help) return 'help';
  if (values.model === undefined || values.model === '') {
    throw usageError('--model is missing.', EVAL_USAGE);
  }
  const integer = (name: 'generate' | 'stages' | 'top', max: number) =>
    readInteger(name, values[name], { min: 1, max }, EVAL_USAGE);
  const activations = readChoice('activations', values.activations, ['f32', 'auto'], EVAL_USAGE);
  const { wire = activations === 'auto' ? 'f16' : 'f32' } = values;
  return {
    modelFile: values.model,
    prompt: readPrompt(values.tokens, values.text),
    generate: integer('generate', EVAL_GENERATE_MAX),
    stages: integer('stages', EVAL_TOKENS_MAX),
    top: integer('top', CANDIDATE_COUNT_MAX),
    backend: readChoice('backend', values.backend, ['auto', ...BACKENDS], EVAL_USAGE),
    activations,
    wire: readChoice('wire', wire, ACTIVATION_TYPES, EVAL_USAGE),
    json: values.json,
  };
}

function readPrompt(tokens: string | undefined, text: string | undefined): EvalOptions['prompt'] {
  if ((tokens === undefined) === (text === undefined)) {
    throw usageError('Give either --tokens or --text.', EVAL_USAGE);
  }
  if (text !== undefined) return { text };
  const parts = (tokens ?? '').split(/[\s,]+/, EVAL_TOKENS_MAX + 1).filter((part) => part !== '');
  if (parts.length > EVAL_TOKENS_MAX || parts.some((part) => !/^-?\d{1,15}$/.test(part))) {
    throw usageError('--tokens takes token ids separated by commas, as in 1,2,3.', EVAL_USAGE);
  }
  return { tokens: parts.map(Number) };
}
