import {
  float32,
  type GgufField,
  type GgufTensor,
  list,
  text,
  uint32,
  writeGguf,
} from '@manyhands/testkit/gguf-writer';
import { createTinyModel, type TinyModelOptions } from '@manyhands/testkit/tiny-model';
import { expect, test } from 'vitest';
import { memorySource } from '../memory-source.ts';
import { TENSOR_TYPES } from '../tensor.ts';
import type { GgufHeader } from './header.ts';
import { readConfig } from './read-config.ts';
import { readGguf } from './read-gguf.ts';

const tiny = (options: TinyModelOptions = {}) => readGguf(memorySource(createTinyModel(options)));

test.each([
  ['llama', { ropeStyle: 'interleaved', hasQkvBias: false, hasQkNorm: false }],
  ['qwen2', { ropeStyle: 'half', hasQkvBias: true, hasQkNorm: false }],
  ['qwen3', { ropeStyle: 'half', hasQkvBias: false, hasQkNorm: true }],
] as const)('a %s is read whole', async (architecture, differences) => {
  const header = await tiny({
    architecture,
    blockCount: 3,
    hiddenSize: 96,
    headCount: 6,
    kvHeadCount: 3,
    headDim: 32,
    ffnSize: 160,
    vocabSize: 300,
    contextLength: 128,
    ropeTheta: 500_000,
    isTied: true,
    hasRopeFactors: true,
  });
  expect(readConfig(header)).toEqual({
    architecture,
    blockCount: 3,
    hiddenSize: 96,
    headCount: 6,
    kvHeadCount: 3,
    headDim: 32,
    ffnSize: 160,
    vocabSize: 300,
    contextLength: 128,
    rmsNormEps: Math.fround(1e-5),
    ropeTheta: 500_000,
    ropeDim: 32,
    ropeFrequencyScale: 1,
    hasRopeFactors: true,
    hasTiedEmbedding: true,
    ...differences,
  });
});

test('a model with its own head is not tied', async () => {
  expect(readConfig(await tiny()).hasTiedEmbedding).toBe(false);
});

test('what may be left out has the defaults of llama.cpp', async () => {
  const header = await edited({
    'llama.attention.key_length': undefined,
    'llama.attention.value_length': undefined,
    'llama.rope.dimension_count': undefined,
    'llama.rope.freq_base': undefined,
  });
  expect(readConfig(header)).toMatchObject({ headDim: 16, ropeDim: 16, ropeTheta: 10_000 });
});

test('key/value heads may be listed block by block while they are equal', async () => {
  const key = 'llama.attention.head_count_kv';
  expect(readConfig(await edited({ [key]: list('uint32', [2, 2]) })).kvHeadCount).toBe(2);
  await refuses(edited({ [key]: list('uint32', [2, 4]) }), 'unsupported-feature', /differs/);
  await refuses(edited({ [key]: list('uint32', []) }), 'malformed', /head_count_kv/);
});

test('linear rope scaling divides every angle by its factor', async () => {
  const scaled = (fields: Record<string, GgufField>) => edited(fields).then(readConfig);
  const factor = { 'llama.rope.scaling.factor': float32(4) };
  expect(await scaled(factor)).toMatchObject({ ropeFrequencyScale: 0.25 });
  expect(await scaled({ ...factor, 'llama.rope.scaling.type': text('linear') })).toMatchObject({
    ropeFrequencyScale: 0.25,
  });
  expect(await scaled({ ...factor, 'llama.rope.scaling.type': text('none') })).toMatchObject({
    ropeFrequencyScale: 1,
  });
});

test('biases of a llama are used when every block has all three', async () => {
  const header = await tiny({ architecture: 'qwen2' });
  const metadata = new Map(
    [...header.metadata].map(([key, value]) => [key.replace('qwen2.', 'llama.'), value]),
  );
  metadata.set('general.architecture', 'llama');
  const config = readConfig({ ...header, metadata });
  expect(config).toMatchObject({ architecture: 'llama', hasQkvBias: true });
  const tensors = header.tensors.filter(({ name }) => name !== 'blk.1.attn_k.bias');
  await refuses({ ...header, metadata, tensors }, 'missing-tensor', /blk\.1\.attn_k\.bias/);
});

test.each<[string, Record<string, GgufField | undefined>, string, RegExp]>([
  [
    'another architecture',
    { 'general.architecture': text('mamba') },
    'unsupported-architecture',
    /mamba/,
  ],
  ['experts', { 'llama.expert_count': uint32(8) }, 'unsupported-feature', /expert_count/],
  ['yarn', { 'llama.rope.scaling.type': text('yarn') }, 'unsupported-feature', /yarn/],
  [
    'other values',
    { 'llama.attention.value_length': uint32(8) },
    'unsupported-feature',
    /keys of 16/,
  ],
  [
    'softcapping',
    { 'llama.final_logit_softcapping': float32(30) },
    'unsupported-feature',
    /softcap/,
  ],
  ['one part of a split', { 'split.count': uint32(3) }, 'unsupported-feature', /merge/],
  ['no block count', { 'llama.block_count': undefined }, 'malformed', /lacks llama.block_count/],
  [
    'a text as a count',
    { 'llama.block_count': text('2') },
    'malformed',
    /should be a whole number/,
  ],
  ['zero heads', { 'llama.attention.head_count': uint32(0) }, 'malformed', /head_count/],
  [
    'heads that do not share',
    { 'llama.attention.head_count_kv': uint32(3) },
    'malformed',
    /evenly/,
  ],
  ['odd rotation', { 'llama.rope.dimension_count': uint32(15) }, 'malformed', /even/],
  ['rotation beyond the head', { 'llama.rope.dimension_count': uint32(32) }, 'malformed', /even/],
  ['a negative base', { 'llama.rope.freq_base': float32(-1) }, 'malformed', /positive/],
  ['an infinite base', { 'llama.rope.freq_base': float32(Infinity) }, 'malformed', /finite/],
  ['a negative factor', { 'llama.rope.scaling.factor': float32(-2) }, 'malformed', /positive/],
  ['a huge eps', { 'llama.attention.layer_norm_rms_epsilon': float32(2) }, 'malformed', /eps/],
  [
    'another hidden size',
    { 'llama.embedding_length': uint32(128) },
    'malformed',
    /metadata makes it/,
  ],
  ['another FFN size', { 'llama.feed_forward_length': uint32(97) }, 'malformed', /ffn_gate/],
  ['fewer blocks', { 'llama.block_count': uint32(1) }, 'malformed', /outside the 1 blocks/],
  ['more blocks', { 'llama.block_count': uint32(3) }, 'missing-tensor', /blk\.2/],
  ['billions of blocks', { 'llama.block_count': uint32(60_000_000) }, 'missing-tensor', /blocks/],
])('%s is refused', async (_, fields, code, message) => {
  await refuses(edited(fields), code, message);
});

test.each(['token_embd.weight', 'output_norm.weight', 'blk.1.ffn_up.weight'])(
  'a model without %s is refused',
  async (name) => {
    const header = await tiny();
    const tensors = header.tensors.filter((tensor) => tensor.name !== name);
    await refuses({ ...header, tensors }, 'missing-tensor', new RegExp(name));
  },
);

test.each([
  'blk.0.ffn_gate_exps.weight',
  'blk.1.attn_output.bias',
  'blk.0.attn_sinks.weight',
  'blk.0.attn_q_norm.weight',
  'output.bias',
])('a llama with %s is refused', async (name) => {
  const header = await tiny();
  const extra = { name, type: 'F32', dims: [64], offset: 0, byteLength: 256 } as const;
  await refuses({ ...header, tensors: [...header.tensors, extra] }, 'unsupported-feature', /plain/);
});

test('norms in another type than F32 are refused', async () => {
  const header = await tiny();
  const tensors = header.tensors.map((tensor) =>
    tensor.name === 'output_norm.weight' ? { ...tensor, type: 'F16' as const } : tensor,
  );
  await refuses({ ...header, tensors }, 'unsupported-tensor-type', /output_norm/);
});

test('a vocabulary of another size than the embedding is refused', async () => {
  const header = await tiny();
  const tokens = header.metadata.get('tokenizer.ggml.tokens') as readonly string[];
  const metadata = new Map(header.metadata).set('tokenizer.ggml.tokens', tokens.slice(1));
  await refuses({ ...header, metadata }, 'malformed', /287 tokens do not match 288 rows/);
  metadata.delete('tokenizer.ggml.tokens');
  expect(readConfig({ ...header, metadata }).vocabSize).toBe(288);
});

async function refuses(
  header: GgufHeader | Promise<GgufHeader>,
  code: string,
  message: RegExp,
): Promise<void> {
  const ready = await header;
  expect(() => readConfig(ready)).toThrowError(
    expect.objectContaining({ code, message: expect.stringMatching(message) }),
  );
}

/** The header of a tiny llama, written again with some metadata replaced or left out. */
async function edited(fields: Record<string, GgufField | undefined>): Promise<GgufHeader> {
  const bytes = createTinyModel();
  const { tensors } = await readGguf(memorySource(bytes));
  const metadata = new Map<string, GgufField | undefined>([
    ...PLAIN_METADATA,
    ...Object.entries(fields),
  ]);
  const written = writeGguf({
    metadata: [...metadata].flatMap(([key, field]) => (field ? [[key, field] as const] : [])),
    tensors: tensors.map(
      ({ name, type, dims, offset, byteLength }): GgufTensor => ({
        name,
        type: TENSOR_TYPES[type],
        dims,
        data: bytes.subarray(offset, offset + byteLength),
      }),
    ),
  });
  return readGguf(memorySource(written));
}

/** What `createTinyModel` states by default. */
const PLAIN_METADATA: [string, GgufField][] = [
  ['general.architecture', text('llama')],
  ['llama.context_length', uint32(256)],
  ['llama.embedding_length', uint32(64)],
  ['llama.block_count', uint32(2)],
  ['llama.feed_forward_length', uint32(96)],
  ['llama.attention.head_count', uint32(4)],
  ['llama.attention.head_count_kv', uint32(2)],
  ['llama.attention.key_length', uint32(16)],
  ['llama.attention.value_length', uint32(16)],
  ['llama.attention.layer_norm_rms_epsilon', float32(1e-5)],
  ['llama.rope.dimension_count', uint32(16)],
  ['llama.rope.freq_base', float32(10_000)],
];
