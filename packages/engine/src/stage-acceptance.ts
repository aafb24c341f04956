import { createRandom } from '@manyhands/testkit/random';
import { createTinyModel, type TinyModelOptions } from '@manyhands/testkit/tiny-model';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  expectCandidates,
  MIB,
  randomTokens,
  referenceLogits,
  type StageBackend,
  session,
  tokenStep,
} from './acceptance-testing.ts';
import { greedyAcceptance } from './greedy-acceptance.ts';
import { createReferenceCache, forward } from './reference/forward.ts';
import { sessionAcceptance } from './session-acceptance.ts';
import type { Stage, StageRange, StepResult } from './stage.ts';
import { openTestModel, type TestModel } from './stage-testing.ts';
import { relativeError } from './webgpu/kernel-testing.ts';

const MODELS: [string, TinyModelOptions][] = [
  [
    'llama F32, odd sizes',
    { ffnSize: 172, hiddenSize: 60, headCount: 5, kvHeadCount: 1, headDim: 12 },
  ],
  ['llama F32, heads that fill no vector', { headCount: 3, kvHeadCount: 3, headDim: 10 }],
  ['llama Q8_0, tied, rope factors', { weightType: 'Q8_0', isTied: true, hasRopeFactors: true }],
  ['llama Q4_0, embedding in F16', { weightType: 'Q4_0', embeddingType: 'F16' }],
  ['qwen2 F16', { architecture: 'qwen2', weightType: 'F16' }],
  ['qwen3 Q8_0, wide heads', { architecture: 'qwen3', weightType: 'Q8_0', headDim: 32 }],
];

/** What every backend must do: the same answers, the same refusals, nothing left behind. */
export function stageAcceptance(backend: StageBackend): void {
  describe(backend.name, () => {
    describe.each(MODELS)('%s', (_, options) => agrees(backend, options));
    describe('split over stages', () => splits(backend));
    describe('one small stage', () => sessions(backend));
    describe('sessions that share a stage', () => sessionAcceptance(backend));
    describe('greedy text', () => greedyAcceptance(backend));
    describe('what goes wrong', () => failures(backend));
  });
}

function agrees(backend: StageBackend, options: TinyModelOptions): void {
  test('agrees with the reference in prefill, decode and every row of a draft', async () => {
    const model = await openTestModel(createTinyModel({ ...options, blockCount: 2 }));
    const tokens = randomTokens(model, 75);
    const rows = await referenceLogits(model, tokens);
    const stage = await backend.load(model, model.whole, 64 * MIB);
    await stage.openSession('s', session(model.whole));
    const expectRows = (result: StepResult, first: number, end: number) =>
      expectCandidates(result, rows.slice(first, end), backend.tolerance);
    const prefill = await stage.step(tokenStep(tokens.slice(0, 70), 0, { headRows: 10 }));
    expectRows(prefill, 60, 70);
    expectRows(await stage.step(tokenStep(tokens.slice(70, 71), 70)), 70, 71);
    const draft = tokenStep(tokens.slice(71), 71, { headRows: 4 });
    expectRows(await stage.step(draft), 71, 75);
    expect(stage.numericClass).toBe(backend.numericClass);
    stage.dispose();
  });
}

function splits(backend: StageBackend): void {
  test('hidden states travel and the answer is the same', async () => {
    const model = await openTestModel(createTinyModel({ blockCount: 3, weightType: 'Q8_0' }));
    const tokens = randomTokens(model, 9);
    const rows = await referenceLogits(model, tokens);
    const ranges: StageRange[] = [
      { firstBlock: 0, endBlock: 1, embeds: true, heads: false },
      { firstBlock: 1, endBlock: 2, embeds: false, heads: false },
      { firstBlock: 2, endBlock: 3, embeds: false, heads: true },
    ];
    const stages: Stage[] = [];
    for (const range of ranges) {
      const stage = await backend.load(model, range, 64 * MIB);
      await stage.openSession('s', session(range));
      stages.push(stage);
    }
    for (const [position, end] of [
      [0, 8],
      [8, 9],
    ] as const) {
      const base = { sessionId: 's', position, tokenCount: end - position };
      let result: StepResult = {};
      for (const stage of stages) {
        const input = stage.range.embeds ? { tokenIds: tokens.slice(position, end) } : result;
        result = await stage.step({ ...base, ...input, headRows: stage.range.heads ? 1 : 0 });
      }
      expectCandidates(result, rows.slice(end - 1, end), backend.tolerance);
    }
    for (const stage of stages) stage.dispose();
  });

  test('a session may use a part of what the stage holds', async () => {
    const model = await openTestModel(createTinyModel({ blockCount: 3 }));
    const stage = await backend.load(model, model.whole, 64 * MIB);
    const range = { firstBlock: 1, endBlock: 2, embeds: false, heads: false };
    await stage.openSession('s', session(range));
    const hidden = createRandom(5).floats(3 * 64);
    const step = { sessionId: 's', position: 0, tokenCount: 3, hidden, headRows: 0 };
    const result = await stage.step(step);
    const expected = forward(await model.reference(), {
      range,
      cache: createReferenceCache(),
      position: 0,
      hidden: rowsOf(hidden, 64),
    });
    expect(result.hidden?.length).toBe(3 * 64);
    const values = expected.flatMap((row) => [...row]);
    expect(relativeError(result.hidden ?? [], values)).toBeLessThan(backend.tolerance);
    stage.dispose();
  });

  test('the ends alone: embedding without blocks, head without blocks', async () => {
    const model = await openTestModel(createTinyModel({ blockCount: 1, isTied: true }));
    const reference = await model.reference();
    const first = { ...model.whole, endBlock: 0, heads: false };
    const ends = await backend.load(model, first, 64 * MIB);
    await ends.openSession('s', session(first));
    const tokens = randomTokens(model, 70);
    const { hidden } = await ends.step(tokenStep(tokens, 0, { headRows: 0 }));
    const embedding = reference.weight('token_embd.weight');
    const expected = [...tokens].flatMap((id) => [...embedding.subarray(id * 64, id * 64 + 64)]);
    expect(relativeError(hidden ?? [], expected)).toBe(0);
    ends.dispose();

    const range = { firstBlock: 1, endBlock: 1, embeds: false, heads: true };
    const head = await backend.load(model, range, 64 * MIB);
    await head.openSession('s', session(range));
    const input = createRandom(3).floats(17 * 64);
    const step = { sessionId: 's', position: 0, tokenCount: 17, hidden: input, headRows: 17 };
    const cache = createReferenceCache();
    const logits = forward(reference, { range, cache, position: 0, hidden: rowsOf(input, 64) });
    expectCandidates(await head.step(step), logits, backend.tolerance);
    head.dispose();
  });
}

function sessions(backend: StageBackend): void {
  let model: TestModel;
  let stage: Stage;
  beforeAll(async () => {
    model = await openTestModel(createTinyModel({ blockCount: 1 }));
    stage = await backend.load(model, model.whole, 64 * MIB);
  });
  afterAll(() => stage.dispose());

  test('a step within the cache truncates it first', async () => {
    const tokens = randomTokens(model, 12);
    const other = randomTokens(model, 4, 2);
    await stage.openSession('s', session(model.whole));
    await stage.step(tokenStep(tokens, 0));
    const replaced = Uint32Array.of(...tokens.slice(0, 5), ...other);
    const rows = await referenceLogits(model, replaced);
    const result = await stage.step(tokenStep(other, 5));
    expectCandidates(result, rows.slice(-1), backend.tolerance);
    await expect(stage.step(tokenStep(tokens.slice(0, 1), 12))).rejects.toMatchObject({
      code: 'bad-step',
    });
    stage.closeSession('s');
  });

  test('sessions interleave without touching each other', async () => {
    const ids = ['a', 'b', 'c'];
    const inputs = ids.map((_, i) => randomTokens(model, 6, 10 + i));
    for (const id of ids) await stage.openSession(id, session(model.whole, 20 + id.charCodeAt(0)));
    const steps = [0, 1, 2, 3, 4, 5].flatMap((position) =>
      inputs.map((tokens, i) => {
        const request = tokenStep(tokens.slice(position, position + 1), position);
        return stage.step({ ...request, sessionId: ids[i] as string });
      }),
    );
    const results = (await Promise.all(steps)).slice(-3);
    for (const [i, tokens] of inputs.entries()) {
      const rows = await referenceLogits(model, tokens);
      expectCandidates(results[i] as StepResult, rows.slice(-1), backend.tolerance);
    }
    for (const id of ids) stage.closeSession(id);
    expect(stage.stats()).toMatchObject({ sessionCount: 0, kvBytes: 0 });
  });

  test('a step without head rows fills the cache and returns none', async () => {
    const tokens = randomTokens(model, 140);
    await stage.openSession('s', session(model.whole));
    const { candidates } = await stage.step(tokenStep(tokens.slice(0, 139), 0, { headRows: 0 }));
    expect(candidates?.rowCount).toBe(0);
    const rows = await referenceLogits(model, tokens);
    const result = await stage.step(tokenStep(tokens.slice(139), 139));
    expectCandidates(result, rows.slice(-1), backend.tolerance);
    stage.closeSession('s');
  });

  test('unknown and repeated sessions are refused', async () => {
    await expect(stage.step(tokenStep(Uint32Array.of(1), 0))).rejects.toMatchObject({
      code: 'unknown-session',
    });
    stage.closeSession('never opened');
    await stage.openSession('s', session(model.whole));
    await expect(stage.openSession('s', session(model.whole))).rejects.toThrow(/open already/);
    stage.closeSession('s');
  });

  test('a session closed while its steps wait ends them', async () => {
    await stage.openSession('s', session(model.whole));
    const steps = [0, 1].map(() => stage.step(tokenStep(Uint32Array.of(1), 0)));
    stage.closeSession('s');
    for (const step of steps) await expect(step).rejects.toMatchObject({ code: 'unknown-session' });
  });
}

function failures(backend: StageBackend): void {
  test('weights over the budget are refused before they are read', async () => {
    const model = await openTestModel(createTinyModel({ blockCount: 1 }));
    let readCount = 0;
    const counted: TestModel = {
      ...model,
      readTensor(tensor) {
        readCount += 1;
        return model.readTensor(tensor);
      },
    };
    await expect(backend.load(counted, model.whole, 20_000)).rejects.toMatchObject({
      code: 'over-budget',
    });
    expect(readCount).toBe(0);
  });

  test('caches over the budget, until another session gives its own back', async () => {
    const model = await openTestModel(createTinyModel({ blockCount: 1 }));
    const probe = await backend.load(model, model.whole, 64 * MIB);
    await probe.openSession('one page', session(model.whole, 1));
    const { weightBytes, kvBytes } = probe.stats();
    probe.dispose();
    const stage = await backend.load(model, model.whole, weightBytes + 10 * kvBytes);
    await stage.openSession('a', session(model.whole, 128));
    const second = stage.openSession('b', session(model.whole, 200));
    await expect(second).rejects.toThrow(/over the limit/);
    stage.closeSession('a');
    await stage.openSession('b', session(model.whole, 200));
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
    const stage = await backend.load(huge, model.whole, 64 * MIB);
    await stage.openSession('s', session(model.whole));
    await expect(stage.step(tokenStep(Uint32Array.of(1), 0))).rejects.toMatchObject({
      code: 'non-finite',
    });
    stage.dispose();
    const range = { firstBlock: 0, endBlock: 1, embeds: false, heads: false };
    const middle = await backend.load(huge, range, 64 * MIB);
    await middle.openSession('s', session(range));
    const hidden = createRandom(1).floats(64);
    const step = { sessionId: 's', position: 0, tokenCount: 1, hidden, headRows: 0 };
    await expect(middle.step(step)).rejects.toMatchObject({ code: 'non-finite' });
    const long = { ...step, sessionId: 'long', tokenCount: 33 };
    await middle.openSession('long', session(range), ['page']);
    await expect(
      middle.step({ ...long, hidden: createRandom(1).floats(64 * 33) }),
    ).rejects.toThrow();
    middle.closeSession('long', ['page']);
    expect(middle.stats().keptBytes, 'pages of rows that failed').toBe(0);
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
    await expect(backend.load(short, model.whole, 64 * MIB)).rejects.toMatchObject({
      code: 'truncated',
    });
  });

  test('a stage that was unloaded', async () => {
    const model = await openTestModel(createTinyModel({ blockCount: 1 }));
    const stage = await backend.load(model, model.whole, 64 * MIB);
    stage.dispose();
    await expect(stage.step(tokenStep(Uint32Array.of(1), 0))).rejects.toMatchObject({
      code: 'disposed',
    });
    expect(stage.stats()).toMatchObject({ weightBytes: 0, kvBytes: 0, sessionCount: 0 });
  });
}

function rowsOf(values: Float32Array, length: number): Float64Array[] {
  return Array.from({ length: values.length / length }, (_, i) =>
    Float64Array.from(values.subarray(i * length, (i + 1) * length)),
  );
}
