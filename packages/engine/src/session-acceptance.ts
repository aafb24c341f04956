import { createTinyModel } from '@manyhands/testkit/tiny-model';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  expectCandidates,
  MIB,
  randomTokens,
  referenceLogits,
  resultOf,
  type StageBackend,
  session,
  tokenStep,
} from './acceptance-testing.ts';
import { PAGE_POSITIONS, type Stage, type StepOutcome, type StepResult } from './stage.ts';
import { openTestModel, type TestModel } from './stage-testing.ts';

/** What every backend's stage must do for sessions that share it. */
export function sessionAcceptance({ load, tolerance }: StageBackend): void {
  let model: TestModel;
  let stage: Stage;
  beforeAll(async () => {
    model = await openTestModel(
      createTinyModel({ blockCount: 2, weightType: 'Q8_0', contextLength: 512 }),
    );
    stage = await load(model, model.whole, 64 * MIB);
  });
  afterAll(() => stage.dispose());

  const open = (ids: readonly string[]) =>
    Promise.all(ids.map((id) => stage.openSession(id, session(model.whole))));
  const close = (ids: readonly string[]) => {
    for (const id of ids) stage.closeSession(id);
    expect(stage.stats()).toMatchObject({ sessionCount: 0, kvBytes: 0 });
  };

  describe('in one pass', () => {
    test('stand at different positions, with a prefill among them', async () => {
      const ids = ['a', 'b', 'c', 'd', 'e'];
      const lengths = [3, 33, 64, 1, 90];
      const inputs = lengths.map((length, i) => randomTokens(model, length, 20 + i));
      await open(ids);
      for (const [i, tokens] of inputs.slice(0, 3).entries()) {
        await stage.step(tokenStep(tokens.slice(0, -1), 0, { sessionId: ids[i] as string }));
      }
      // One row each of three sessions, a first token, and a prefill of more than a chunk.
      const requests = inputs.map((tokens, i) => {
        const position = i < 3 ? tokens.length - 1 : 0;
        const headRows = i === 4 ? 3 : 1;
        return tokenStep(tokens.slice(position), position, {
          sessionId: ids[i] as string,
          headRows,
        });
      });
      const results = (await stage.pass(requests)).map(resultOf);
      for (const [i, tokens] of inputs.entries()) {
        const rows = await referenceLogits(model, tokens);
        expectCandidates(results[i] as StepResult, rows.slice(i === 4 ? -3 : -1), tolerance);
      }
      close(ids);
    });

    test('use different parts of the stage', async () => {
      await open(['whole']);
      const embedding = { ...model.whole, endBlock: 1, heads: false };
      await stage.openSession('front', session(embedding));
      const tokens = randomTokens(model, 5);
      const outcomes = await stage.pass([
        tokenStep(tokens, 0, { sessionId: 'front', headRows: 0 }),
        tokenStep(tokens, 0, { sessionId: 'whole' }),
      ]);
      const [front, whole] = outcomes.map(resultOf) as [StepResult, StepResult];
      expect(front.hidden?.length).toBe(5 * model.config.hiddenSize);
      expect(front.candidates).toBeUndefined();
      const rows = await referenceLogits(model, tokens);
      expectCandidates(whole, rows.slice(-1), tolerance);
      close(['whole', 'front']);
    });

    test('fail alone', async () => {
      await open(['a', 'b', 'c']);
      const tokens = randomTokens(model, 4);
      const outcomes = await stage.pass([
        tokenStep(tokens, 0, { sessionId: 'a' }),
        tokenStep(tokens, 7, { sessionId: 'b' }),
        tokenStep(tokens, 0, { sessionId: 'nobody' }),
        tokenStep(Uint32Array.of(model.config.vocabSize), 0, { sessionId: 'c' }),
        tokenStep(tokens, 4, { sessionId: 'a' }),
      ]);
      const codes = outcomes.map((outcome) => ('error' in outcome ? outcome.error.code : 'ok'));
      expect(codes).toEqual(['ok', 'bad-step', 'unknown-session', 'bad-step', 'bad-step']);
      const rows = await referenceLogits(model, tokens);
      expectCandidates(resultOf(outcomes[0] as StepOutcome), rows.slice(-1), tolerance);
      close(['a', 'b', 'c']);
    });

    test('that are closed meanwhile do not disturb the others', async () => {
      await open(['b']);
      const { kvBytes } = stage.stats();
      await stage.openSession('a', session(model.whole, 450));
      // More chunks than are under way at a time.
      const [long, short] = [randomTokens(model, 450), randomTokens(model, 60, 2)];
      const passing = stage.pass([
        tokenStep(long, 0, { sessionId: 'a' }),
        tokenStep(short, 0, { sessionId: 'b' }),
      ]);
      // The pass has begun after a turn of microtasks, and no device answers within one.
      for (let turn = 0; turn < 3; turn += 1) await Promise.resolve();
      stage.closeSession('a');
      // Its memory is free for others now, not when the pass has ended.
      expect(stage.stats().kvBytes).toBe(kvBytes);
      const [a, b] = await passing;
      expect(a).toMatchObject({ error: { code: 'unknown-session' } });
      const rows = await referenceLogits(model, short);
      expectCandidates(resultOf(b as StepOutcome), rows.slice(-1), tolerance);
      close(['b']);
    });
  });

  describe('a prefix', () => {
    const keys = (count: number, label = 'k') =>
      Array.from({ length: count }, (_, i) => `${label} ${i}`);

    /** Computes a prompt and leaves it for reuse. */
    const leave = async (tokens: Uint32Array<ArrayBuffer>, prefixKeys: readonly string[]) => {
      await stage.openSession('first', session(model.whole));
      await stage.step(tokenStep(tokens, 0, { sessionId: 'first' }));
      stage.closeSession('first', prefixKeys);
    };

    test('is reused in whole pages, from a session that ended', async () => {
      const tokens = randomTokens(model, 90, 31);
      await leave(tokens, keys(2));
      expect(stage.stats().keptBytes).toBeGreaterThan(0);
      const opened = await stage.openSession('s', session(model.whole), keys(2));
      expect(opened.reusedPositions).toBe(2 * PAGE_POSITIONS);
      const rest = tokens.slice(opened.reusedPositions);
      const result = await stage.step(tokenStep(rest, opened.reusedPositions, { headRows: 5 }));
      expectCandidates(result, (await referenceLogits(model, tokens)).slice(-5), tolerance);
      close(['s']);
    });

    test('is not reused under other keys, nor in other blocks', async () => {
      await leave(randomTokens(model, 70, 32), keys(2, 'own'));
      const other = await stage.openSession('s', session(model.whole), keys(2, 'other'));
      expect(other.reusedPositions).toBe(0);
      const front = session({ ...model.whole, endBlock: 1, heads: false });
      const part = await stage.openSession('t', front, keys(2, 'own'));
      expect(part.reusedPositions).toBe(0);
      close(['s', 't']);
    });

    test('that live sessions share is copied before one of them writes over it', async () => {
      const tokens = randomTokens(model, 70, 33);
      await leave(tokens, keys(2, 'shared'));
      const ids = ['a', 'b'];
      for (const id of ids) {
        const opened = await stage.openSession(id, session(model.whole), keys(2, 'shared'));
        expect(opened.reusedPositions).toBe(64);
      }
      // Both go back into the second shared page, at different positions and in one pass.
      const [a, b] = [randomTokens(model, 9, 34), randomTokens(model, 62, 35)];
      const outcomes = await stage.pass([
        tokenStep(b, 41, { sessionId: 'b' }),
        tokenStep(a, 50, { sessionId: 'a' }),
      ]);
      const full = { b: concat(tokens.slice(0, 41), b), a: concat(tokens.slice(0, 50), a) };
      const [fromB, fromA] = outcomes.map(resultOf) as [StepResult, StepResult];
      expectCandidates(fromB, (await referenceLogits(model, full.b)).slice(-1), tolerance);
      expectCandidates(fromA, (await referenceLogits(model, full.a)).slice(-1), tolerance);
      close(ids);
    });

    test('gives its pages up where a session needs them', async () => {
      const probe = await load(model, model.whole, 64 * MIB);
      await probe.openSession('s', session(model.whole, 4 * PAGE_POSITIONS));
      const { weightBytes, kvBytes } = probe.stats();
      probe.dispose();
      const small = await load(model, model.whole, weightBytes + kvBytes);
      const tokens = randomTokens(model, 70, 36);
      await small.openSession('first', session(model.whole, 4 * PAGE_POSITIONS));
      await small.step(tokenStep(tokens, 0, { sessionId: 'first' }));
      small.closeSession('first', keys(2));
      expect(small.stats().keptBytes).toBe(kvBytes / 2);
      await small.openSession('s', session(model.whole, 4 * PAGE_POSITIONS));
      const other = randomTokens(model, 120, 37);
      const result = await small.step(tokenStep(other, 0));
      expectCandidates(result, (await referenceLogits(model, other)).slice(-1), tolerance);
      expect(small.stats().keptBytes).toBe(0);
      small.dispose();
    });
  });
}

/** The result, or the error thrown. */
function concat(...parts: readonly Uint32Array[]): Uint32Array<ArrayBuffer> {
  return Uint32Array.from(parts.flatMap((part) => [...part]));
}
