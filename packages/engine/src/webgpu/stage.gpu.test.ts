import { createRandom } from '@manyhands/testkit/random';
import { createTinyModel, type TinyModelOptions } from '@manyhands/testkit/tiny-model';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createReferenceCache, forward } from '../reference/forward.ts';
import type { SessionRange, Stage, StageRange, StepRequest } from '../stage.ts';
import { openTestModel, type TestModel } from '../stage-testing.ts';
import { type GpuDevice, requestDevice } from './device.ts';
import { relativeError } from './kernel-testing.ts';
import { candidatesReference } from './kernels/candidates/candidates.reference.ts';
import { createWebGpuStage, type WebGpuStage, type WebGpuStageOptions } from './stage.ts';
import { createMemoryTuningStore, tuningKey } from './tuning.ts';

let gpu: GpuDevice;
beforeAll(async () => {
  gpu = await requestDevice();
});
afterAll(() => gpu.destroy());

const MIB = 2 ** 20;
/** Sums in f32 against doubles, through a few blocks. */
const TOLERANCE = 2e-5;

async function load(
  model: TestModel,
  range: StageRange = model.whole,
  options: Partial<WebGpuStageOptions> = {},
): Promise<WebGpuStage> {
  const all = { memoryBytesMax: 64 * MIB, ...options };
  return await createWebGpuStage(gpu, model.spec(range), model.readTensor, all);
}

const session = (range: StageRange, positionsMax = 200): SessionRange => ({
  ...range,
  positionsMax,
});

function randomTokens(model: TestModel, count: number, seed = 1): Uint32Array<ArrayBuffer> {
  const random = createRandom(seed);
  return Uint32Array.from({ length: count }, () => random.below(model.config.vocabSize));
}

/** A step of token ids with candidates of its last row. */
const tokenStep = (
  tokenIds: Uint32Array<ArrayBuffer>,
  position: number,
  more: Partial<StepRequest> = {},
): StepRequest => ({
  sessionId: 's',
  position,
  tokenCount: tokenIds.length,
  tokenIds,
  headRows: 1,
  ...more,
});

async function referenceLogits(model: TestModel, tokenIds: Uint32Array): Promise<Float64Array[]> {
  const reference = await model.reference();
  const step = { range: model.whole, cache: createReferenceCache(), position: 0 };
  return forward(reference, { ...step, tokenIds: [...tokenIds] });
}

/** The result's candidates against rows of reference logits. */
function expectCandidates(
  { candidates }: Awaited<ReturnType<Stage['step']>>,
  rows: readonly Float64Array[],
): void {
  expect(candidates?.rowCount).toBe(rows.length);
  const count = candidates?.candidateCount ?? 0;
  rows.forEach((row, i) => {
    const ids = [...(candidates?.tokenIds.subarray(i * count, (i + 1) * count) ?? [])];
    const logits = candidates?.logits.subarray(i * count, (i + 1) * count) ?? [];
    const expected = candidatesReference(Float32Array.from(row), count);
    expect(new Set(ids).size).toBe(count);
    // Near ties may change places: what each id was given must be right, and so must the order.
    expect(
      relativeError(
        logits,
        ids.map((id) => row[id] as number),
      ),
    ).toBeLessThan(TOLERANCE);
    expect(relativeError(logits, expected.logits)).toBeLessThan(TOLERANCE);
    const difference = (candidates?.logSumExp[i] ?? 0) - expected.logSumExp;
    expect(Math.abs(difference)).toBeLessThan(1e-4);
  });
}

const MODELS: [string, TinyModelOptions][] = [
  [
    'llama F32, odd sizes',
    { ffnSize: 172, hiddenSize: 60, headCount: 5, kvHeadCount: 1, headDim: 12 },
  ],
  ['llama Q8_0, tied, rope factors', { weightType: 'Q8_0', isTied: true, hasRopeFactors: true }],
  ['llama Q4_0, embedding in F16', { weightType: 'Q4_0', embeddingType: 'F16' }],
  ['qwen2 F16', { architecture: 'qwen2', weightType: 'F16' }],
  ['qwen3 Q8_0, wide heads', { architecture: 'qwen3', weightType: 'Q8_0', headDim: 32 }],
];

describe.each(MODELS)('%s', (_, options) => {
  test('agrees with the reference in prefill, decode and every row of a draft', async () => {
    const model = await openTestModel(createTinyModel({ ...options, blockCount: 2 }));
    const tokens = randomTokens(model, 75);
    const rows = await referenceLogits(model, tokens);
    for (const hasMatMul of [false, true]) {
      const stage = await load(model, model.whole, { hasMatMul });
      stage.openSession('s', session(model.whole));
      const prefill = await stage.step(tokenStep(tokens.slice(0, 70), 0, { headRows: 10 }));
      expectCandidates(prefill, rows.slice(60, 70));
      expectCandidates(await stage.step(tokenStep(tokens.slice(70, 71), 70)), rows.slice(70, 71));
      const draft = tokenStep(tokens.slice(71), 71, { headRows: 4 });
      expectCandidates(await stage.step(draft), rows.slice(71));
      stage.dispose();
    }
  });
});

test('tunes between steps, remembers what it found, and gives the same answers', async () => {
  const options = { blockCount: 1, weightType: 'Q8_0', isTied: true } as const;
  const model = await openTestModel(createTinyModel(options));
  const tokens = randomTokens(model, 20);
  const rows = await referenceLogits(model, tokens);
  const tuningStore = createMemoryTuningStore();
  const given = { hasMatMul: true, tuningStore };
  const stage = await load(model, model.whole, given);
  stage.openSession('s', session(model.whole));
  const tuning = stage.tune();
  const meanwhile = await stage.step(tokenStep(tokens.slice(0, 12), 0));
  expectCandidates(meanwhile, rows.slice(11, 12));
  const choices = await tuning;
  expect(Object.keys(choices).some((key) => key.startsWith('mat_mul Q8_0'))).toBe(true);
  expect(await tuningStore.read(tuningKey(gpu.info))).toEqual(choices);
  const after = await stage.step(tokenStep(tokens.slice(12), 12));
  expectCandidates(after, rows.slice(19));
  stage.dispose();
  const again = await load(model, model.whole, given);
  expect(await again.tune()).toEqual(choices);
  again.dispose();
});

test('matrices larger than a binding are cut and give the same answer', async () => {
  const options = {
    blockCount: 1,
    weightType: 'Q8_0',
    isTied: true,
    architecture: 'qwen2',
  } as const;
  const model = await openTestModel(createTinyModel(options));
  const tokens = randomTokens(model, 12);
  const rows = await referenceLogits(model, tokens);
  // One group of 32 rows of 64 columns: every matrix has as many parts as groups.
  const stage = await load(model, model.whole, { bindingBytesMax: 32 * 17 * 4 });
  stage.openSession('s', session(model.whole));
  const prefill = await stage.step(tokenStep(tokens.slice(0, 11), 0, { headRows: 11 }));
  expectCandidates(prefill, rows.slice(0, 11));
  expectCandidates(await stage.step(tokenStep(tokens.slice(11), 11)), rows.slice(11));
  expect(stage.stats().dispatchCount).toBeGreaterThan(30);
  stage.dispose();
});

describe('split over stages', () => {
  test('hidden states travel and the answer is the same', async () => {
    const model = await openTestModel(createTinyModel({ blockCount: 3, weightType: 'Q8_0' }));
    const tokens = randomTokens(model, 9);
    const rows = await referenceLogits(model, tokens);
    const ranges: StageRange[] = [
      { firstBlock: 0, endBlock: 1, embeds: true, heads: false },
      { firstBlock: 1, endBlock: 2, embeds: false, heads: false },
      { firstBlock: 2, endBlock: 3, embeds: false, heads: true },
    ];
    const stages = await Promise.all(ranges.map((range) => load(model, range)));
    stages.forEach((stage, i) => {
      stage.openSession('s', session(ranges[i] as StageRange));
    });
    const [first, middle, last] = stages as [WebGpuStage, WebGpuStage, WebGpuStage];
    for (const [position, end] of [
      [0, 8],
      [8, 9],
    ] as const) {
      const base = { sessionId: 's', position, tokenCount: end - position, headRows: 0 };
      const a = await first.step({ ...base, tokenIds: tokens.slice(position, end) });
      const b = await middle.step({ ...base, hidden: a.hidden as Float32Array<ArrayBuffer> });
      const c = await last.step({
        ...base,
        hidden: b.hidden as Float32Array<ArrayBuffer>,
        headRows: 1,
      });
      expectCandidates(c, rows.slice(end - 1, end));
    }
    for (const stage of stages) stage.dispose();
  });

  test('a session may use a part of what the stage holds', async () => {
    const model = await openTestModel(createTinyModel({ blockCount: 3 }));
    const stage = await load(model);
    const reference = await model.reference();
    const range = { firstBlock: 1, endBlock: 2, embeds: false, heads: false };
    stage.openSession('s', session(range));
    const hidden = createRandom(5).floats(3 * 64);
    const rows = [0, 1, 2].map((i) => Float64Array.from(hidden.subarray(i * 64, (i + 1) * 64)));
    const result = await stage.step({
      sessionId: 's',
      position: 0,
      tokenCount: 3,
      hidden,
      headRows: 0,
    });
    const cache = createReferenceCache();
    const expected = forward(reference, { range, cache, position: 0, hidden: rows });
    expect(result.hidden?.length).toBe(3 * 64);
    expect(
      relativeError(
        result.hidden ?? [],
        expected.flatMap((row) => [...row]),
      ),
    ).toBeLessThan(TOLERANCE);
    expect(stage.stats().kvBytes).toBe(2 * 200 * 2 * 16 * 4);
    stage.dispose();
  });

  test('the ends alone: embedding without blocks, head without blocks', async () => {
    const model = await openTestModel(createTinyModel({ blockCount: 1, isTied: true }));
    const reference = await model.reference();
    const ends = await load(model, { ...model.whole, endBlock: 0, heads: false });
    ends.openSession('s', session({ ...model.whole, endBlock: 0, heads: false }));
    const tokens = randomTokens(model, 70);
    const { hidden } = await ends.step(tokenStep(tokens, 0, { headRows: 0 }));
    const embedding = reference.weight('token_embd.weight');
    const expected = [...tokens].flatMap((id) => [...embedding.subarray(id * 64, id * 64 + 64)]);
    expect(relativeError(hidden ?? [], expected)).toBe(0);
    ends.dispose();

    const range = { firstBlock: 1, endBlock: 1, embeds: false, heads: true };
    const head = await load(model, range);
    head.openSession('s', session(range));
    const input = createRandom(3).floats(17 * 64);
    const step = { sessionId: 's', position: 0, tokenCount: 17, hidden: input, headRows: 17 };
    const rows = Array.from({ length: 17 }, (_, i) =>
      Float64Array.from(input.subarray(i * 64, i * 64 + 64)),
    );
    const cache = createReferenceCache();
    const logits = forward(reference, { range, cache, position: 0, hidden: rows });
    expectCandidates(await head.step(step), logits);
    head.dispose();
  });
});

describe('one small stage', () => {
  let model: TestModel;
  let stage: Stage;
  beforeAll(async () => {
    model = await openTestModel(createTinyModel({ blockCount: 1 }));
    stage = await load(model);
  });
  afterAll(() => stage.dispose());

  test('a step within the cache truncates it first', async () => {
    const tokens = randomTokens(model, 12);
    const other = randomTokens(model, 4, 2);
    stage.openSession('s', session(model.whole));
    await stage.step(tokenStep(tokens, 0));
    const replaced = Uint32Array.of(...tokens.slice(0, 5), ...other);
    const rows = await referenceLogits(model, replaced);
    expectCandidates(await stage.step(tokenStep(other, 5)), rows.slice(-1));
    await expect(stage.step(tokenStep(tokens.slice(0, 1), 12))).rejects.toMatchObject({
      code: 'bad-step',
    });
    stage.closeSession('s');
  });

  test('sessions interleave without touching each other', async () => {
    const ids = ['a', 'b', 'c'];
    const inputs = ids.map((_, i) => randomTokens(model, 6, 10 + i));
    for (const id of ids) stage.openSession(id, session(model.whole, 20 + id.charCodeAt(0)));
    const steps = [0, 1, 2, 3, 4, 5].flatMap((position) =>
      inputs.map((tokens, i) => {
        const request = tokenStep(tokens.slice(position, position + 1), position);
        return stage.step({ ...request, sessionId: ids[i] as string });
      }),
    );
    const results = (await Promise.all(steps)).slice(-3);
    for (const [i, tokens] of inputs.entries()) {
      const rows = await referenceLogits(model, tokens);
      expectCandidates(results[i] as Awaited<ReturnType<Stage['step']>>, rows.slice(-1));
    }
    for (const id of ids) stage.closeSession(id);
    expect(stage.stats()).toMatchObject({ sessionCount: 0, kvBytes: 0 });
  });

  test('a step without head rows fills the cache and returns none', async () => {
    const tokens = randomTokens(model, 140);
    stage.openSession('s', session(model.whole));
    const { candidates } = await stage.step(tokenStep(tokens.slice(0, 139), 0, { headRows: 0 }));
    expect(candidates?.rowCount).toBe(0);
    const rows = await referenceLogits(model, tokens);
    expectCandidates(await stage.step(tokenStep(tokens.slice(139), 139)), rows.slice(-1));
    stage.closeSession('s');
  });

  test('a decode step is 6 dispatches a block, one embedding, two for the head', async () => {
    stage.openSession('s', session(model.whole));
    await stage.step(tokenStep(Uint32Array.of(3), 0));
    expect(stage.stats().dispatchCount).toBe(1 + 6 + 2);
    stage.closeSession('s');
  });

  test('unknown and repeated sessions are refused', async () => {
    await expect(stage.step(tokenStep(Uint32Array.of(1), 0))).rejects.toMatchObject({
      code: 'unknown-session',
    });
    stage.openSession('s', session(model.whole));
    expect(() => stage.openSession('s', session(model.whole))).toThrow(/open already/);
    stage.closeSession('s');
    stage.closeSession('never opened');
  });

  test('a session closed while its steps wait ends them', async () => {
    stage.openSession('s', session(model.whole));
    const steps = [0, 1].map(() => stage.step(tokenStep(Uint32Array.of(1), 0)));
    stage.closeSession('s');
    for (const step of steps) await expect(step).rejects.toMatchObject({ code: 'unknown-session' });
  });
});

describe('what goes wrong', () => {
  test('weights or caches over the budget', async () => {
    const model = await openTestModel(createTinyModel({ blockCount: 1 }));
    await expect(load(model, model.whole, { memoryBytesMax: 20_000 })).rejects.toMatchObject({
      code: 'over-budget',
    });
    const probe = await load(model);
    const { weightBytes } = probe.stats();
    probe.dispose();
    const stage = await load(model, model.whole, { memoryBytesMax: weightBytes + 60_000 });
    stage.openSession('a', session(model.whole, 100));
    expect(() => stage.openSession('b', session(model.whole, 200))).toThrow(/over the limit/);
    stage.closeSession('a');
    stage.openSession('b', session(model.whole, 200));
    stage.dispose();
  });

  test('weights that overflow give non-finite, not an answer', async () => {
    const model = await openTestModel(createTinyModel({ blockCount: 1 }));
    const huge: TestModel = {
      ...model,
      async *readTensor(tensor) {
        for await (const chunk of model.readTensor(tensor)) {
          yield tensor.name.includes('ffn') ? chunk.fill(0x7e) : chunk;
        }
      },
    };
    const stage = await load(huge);
    stage.openSession('s', session(model.whole));
    await expect(stage.step(tokenStep(Uint32Array.of(1), 0))).rejects.toMatchObject({
      code: 'non-finite',
    });
    stage.dispose();
    const range = { firstBlock: 0, endBlock: 1, embeds: false, heads: false };
    const middle = await load(huge, range);
    middle.openSession('s', session(range));
    const hidden = createRandom(1).floats(64);
    const step = { sessionId: 's', position: 0, tokenCount: 1, hidden, headRows: 0 };
    await expect(middle.step(step)).rejects.toMatchObject({ code: 'non-finite' });
    middle.dispose();
  });

  test('a tensor that ends early', async () => {
    const model = await openTestModel(createTinyModel({ blockCount: 1 }));
    const short: TestModel = {
      ...model,
      async *readTensor(tensor) {
        const chunks: Uint8Array<ArrayBuffer>[] = [];
        for await (const chunk of model.readTensor(tensor)) chunks.push(chunk);
        yield* tensor.name.includes('ffn_up') ? chunks.slice(0, 2) : chunks;
      },
    };
    await expect(load(short)).rejects.toMatchObject({ code: 'truncated' });
  });

  test('a stage that was unloaded, and a device that was lost', async () => {
    const model = await openTestModel(createTinyModel({ blockCount: 1 }));
    const stage = await load(model);
    stage.dispose();
    await expect(stage.step(tokenStep(Uint32Array.of(1), 0))).rejects.toMatchObject({
      code: 'disposed',
    });

    const own = await requestDevice();
    const options = { memoryBytesMax: 64 * MIB };
    const lost = await createWebGpuStage(own, model.spec(model.whole), model.readTensor, options);
    lost.openSession('s', session(model.whole));
    const step = lost.step(tokenStep(randomTokens(model, 64), 0));
    own.destroy();
    await expect(own.lost).resolves.toMatch(/destroyed/);
    await expect(step).rejects.toMatchObject({ code: 'device-lost' });
    expect(() => lost.openSession('t', session(model.whole))).toThrow(/load the stage again/);
  });
});
