import type { EmbeddingCard } from '@manyhands/model/embedding/card';
import { EngineError } from '../error.ts';
import type { OnnxValueInfo } from './ort.ts';

/** What a graph wants and gives, by the names that exporters use. */
export interface EmbeddingGraph {
  readonly inputs: readonly GraphInput[];
  readonly output: string;
}

export interface GraphInput {
  readonly name: string;
  readonly role: 'ids' | 'mask' | 'types' | 'positions';
  readonly element: 'int64' | 'int32';
}

const INPUT_ROLES: Readonly<Record<string, GraphInput['role']>> = {
  input_ids: 'ids',
  attention_mask: 'mask',
  token_type_ids: 'types',
  position_ids: 'positions',
};
/** Rows `[batch, tokens, dimension]`, and one vector a text `[batch, dimension]`. */
const ROW_OUTPUTS = ['last_hidden_state', 'token_embeddings', 'hidden_states'];
const TEXT_OUTPUTS = ['sentence_embedding', 'text_embeds', 'embeddings', 'pooler_output'];

/** Matches a graph's ends to what its card promises. Throws `unsupported-model` with what is missing. */
export function readEmbeddingGraph(
  ends: { readonly inputs: readonly OnnxValueInfo[]; readonly outputs: readonly OnnxValueInfo[] },
  { pooling }: Pick<EmbeddingCard, 'pooling'>,
): EmbeddingGraph {
  const inputs = ends.inputs.map(inputOf);
  if (!inputs.some(({ role }) => role === 'ids')) {
    throw unsupported(`has no input_ids among its inputs (${namesOf(ends.inputs)})`);
  }
  const isPooled = pooling === 'pooled';
  const rank = isPooled ? 2 : 3;
  const fitting = ends.outputs.filter(
    (output) => output.element === 'float32' && (output.rank === undefined || output.rank === rank),
  );
  const known = isPooled ? TEXT_OUTPUTS : ROW_OUTPUTS;
  const output =
    fitting.find(({ name }) => known.includes(name)) ?? fitting.find((each) => each.rank === rank);
  if (output === undefined) {
    const wanted = isPooled ? 'one vector a text' : 'one vector a token';
    throw unsupported(
      `returns no ${wanted} in float32 among its outputs (${namesOf(ends.outputs)})`,
    );
  }
  return { inputs, output: output.name };
}

function inputOf({ name, element }: OnnxValueInfo): GraphInput {
  const role = Object.hasOwn(INPUT_ROLES, name) ? INPUT_ROLES[name] : undefined;
  if (role === undefined) throw unsupported(`wants an input that no text gives: ${name}`);
  if (element !== 'int64' && element !== 'int32') {
    throw unsupported(`wants ${name} as ${element ?? 'something that is no tensor'}`);
  }
  return { name, role, element };
}

function namesOf(values: readonly OnnxValueInfo[]): string {
  return (
    values
      .map(({ name }) => name)
      .join(', ')
      .slice(0, 200) || 'none'
  );
}

function unsupported(what: string): EngineError {
  return new EngineError('unsupported-model', `the ONNX model ${what}; choose another model`);
}
