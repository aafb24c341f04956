import { EngineError } from '@manyhands/engine/error';
import { EMBEDDING_TEXTS_BYTES_MAX, EMBEDDING_TEXTS_MAX } from '@manyhands/protocol/limits';
import type { PeerMessage, PeerMessageOf } from '@manyhands/protocol/peer-message';
import { describe, expect, test, vi } from 'vitest';
import { EMBED_ATTEMPTS_MAX, EMBED_TEXTS_MAX } from '../limits.ts';
import {
  createToyEmbeddingSwarm,
  TOY_EMBEDDING_ROOT as modelRoot,
  type ToyEmbedder,
  toyVector,
} from '../testing/toy-embedding-swarm.ts';
import { cutTexts } from './cut-texts.ts';

const never = () => new Promise<never>(() => undefined);
const exactly = (vectors: readonly Float32Array[]) => vectors.map((vector) => [...vector]);
const wanted = (texts: readonly string[]) =>
  texts.map((text) => [...Float32Array.from(toyVector(text))]);

describe('embed', () => {
  test('returns a vector for each text in order, and who computed it', async () => {
    const { embedder, volunteers } = await createToyEmbeddingSwarm();
    const texts = Array.from({ length: 70 }, (_, index) => `text ${index} ${'é'.repeat(index)}`);
    const { vectors, dimension, provenance, tokenCount } = await embedder.embed(texts, {
      modelRoot,
    });
    expect(exactly(vectors)).toEqual(wanted(texts));
    expect(dimension).toBe(4);
    expect(tokenCount).toBe(210);
    expect(provenance.map(({ firstText, endText }) => [firstText, endText])).toEqual([
      [0, 32],
      [32, 64],
      [64, 70],
    ]);
    const [volunteer] = volunteers;
    for (const each of provenance) {
      expect(each).toMatchObject({ peerId: volunteer?.peerId, numericClass: 'onnx-toy' });
      expect(each).toMatchObject({ computeMs: 2, failedPeerIds: [] });
    }
    expect(volunteer?.work.reduce((sum, { textCount }) => sum + textCount, 0)).toBe(70);
    await vi.waitFor(() => expect(volunteer?.requestCount).toBe(0));
  });

  test.each([
    ['is killed', (volunteer: ToyEmbedder) => volunteer.kill()],
    ['says goodbye', (volunteer: ToyEmbedder) => volunteer.host.dispose('stopped')],
  ])('asks another volunteer when one %s while it computes', async (_, go) => {
    const swarm = await createToyEmbeddingSwarm({ msPerTexts: [1, 500] });
    const [first, second] = swarm.volunteers as [ToyEmbedder, ToyEmbedder];
    first.instead = never;
    const answer = swarm.embedder.embed(['a', 'b'], { modelRoot });
    await vi.waitFor(() => expect(first.calls).toHaveLength(1));
    await go(first);
    const { vectors, provenance } = await answer;
    expect(exactly(vectors)).toEqual(wanted(['a', 'b']));
    expect(provenance[0]).toMatchObject({
      peerId: second.peerId,
      failedPeerIds: [first.peerId],
    });
  });

  test('asks another one after a missed deadline, and tells the slow one to forget it', async () => {
    const swarm = await createToyEmbeddingSwarm({ msPerTexts: [1, 500] });
    const [first, second] = swarm.volunteers as [ToyEmbedder, ToyEmbedder];
    let release: () => void = () => undefined;
    first.instead = () =>
      new Promise((resolve) => {
        release = () => resolve({ vectors: new Float32Array(4), tokenCount: 1, computeMs: 1 });
      });
    const { provenance } = await swarm.embedder.embed(['a'], { modelRoot, deadlineMs: 100 });
    expect(provenance[0]?.peerId).toBe(second.peerId);
    expect(first.requestCount).toBe(1);
    release();
    await vi.waitFor(() => expect(first.requestCount).toBe(0));
  });

  test('waits for somebody else to come, and says who was missing when nobody does', async () => {
    const swarm = await createToyEmbeddingSwarm({ coverageWaitMs: 5_000 });
    const [first] = swarm.volunteers as [ToyEmbedder];
    first.instead = never;
    const answer = swarm.embedder.embed(['a'], { modelRoot });
    await vi.waitFor(() => expect(first.calls).toHaveLength(1));
    first.kill();
    const second = await swarm.add();
    expect((await answer).provenance[0]?.peerId).toBe(second.peerId);

    const alone = await createToyEmbeddingSwarm();
    const [only] = alone.volunteers as [ToyEmbedder];
    only.instead = never;
    const failing = alone.embedder.embed(['a'], { modelRoot });
    failing.catch(() => undefined);
    await vi.waitFor(() => expect(only.calls).toHaveLength(1));
    only.kill();
    await expect(failing).rejects.toMatchObject({ name: 'PeerError', code: 'no-volunteers' });
  });

  test('asks the only volunteer again, and gives up after a few failures', async () => {
    const swarm = await createToyEmbeddingSwarm();
    const [only] = swarm.volunteers as [ToyEmbedder];
    only.instead = () => {
      only.instead = undefined;
      return Promise.reject(new EngineError('validation', 'the model failed while it ran'));
    };
    const { vectors, provenance } = await swarm.embedder.embed(['a'], { modelRoot });
    expect(exactly(vectors)).toEqual(wanted(['a']));
    expect(provenance[0]).toMatchObject({ peerId: only.peerId, failedPeerIds: [only.peerId] });

    only.instead = () => Promise.reject(new EngineError('validation', 'it fails every time'));
    only.calls.length = 0;
    await expect(swarm.embedder.embed(['a'], { modelRoot })).rejects.toMatchObject({
      code: 'embedding-lost',
      peerId: only.peerId,
      message: expect.stringContaining('it fails every time'),
    });
    expect(only.calls).toHaveLength(EMBED_ATTEMPTS_MAX);
  });

  test('believes no vector that cannot be one', async () => {
    const wrong = [
      new Float32Array(4).fill(7),
      new Float32Array(8).fill(0.5),
      Float32Array.of(Number.NaN, 0, 0, 1),
    ];
    for (const vectors of wrong) {
      const swarm = await createToyEmbeddingSwarm({ msPerTexts: [1, 500] });
      const [liar, honest] = swarm.volunteers as [ToyEmbedder, ToyEmbedder];
      liar.instead = async () => ({ vectors, tokenCount: 1, computeMs: 1 });
      const { provenance } = await swarm.embedder.embed(['a'], { modelRoot });
      expect(provenance[0]).toMatchObject({
        peerId: honest.peerId,
        failedPeerIds: [liar.peerId],
      });
    }
  });

  test('does not ask others about a text that the model cannot read', async () => {
    const swarm = await createToyEmbeddingSwarm({ msPerTexts: [1, 500] });
    const [first, second] = swarm.volunteers as [ToyEmbedder, ToyEmbedder];
    first.instead = () => Promise.reject(new EngineError('text-too-long', 'text 0 has 600 tokens'));
    await expect(swarm.embedder.embed(['a'], { modelRoot })).rejects.toMatchObject({
      code: 'text-too-long',
      message: expect.stringContaining('600 tokens'),
    });
    expect(second.calls).toEqual([]);
  });

  test('stops when its caller does, and frees the volunteer', async () => {
    const swarm = await createToyEmbeddingSwarm();
    const [first] = swarm.volunteers as [ToyEmbedder];
    let answerNow: () => void = () => undefined;
    first.instead = () =>
      new Promise((resolve) => {
        answerNow = () => resolve({ vectors: new Float32Array(4), tokenCount: 1, computeMs: 1 });
      });
    const abort = new AbortController();
    const answer = swarm.embedder.embed(new Array(64).fill('a'), {
      modelRoot,
      signal: abort.signal,
    });
    answer.catch(() => undefined);
    await vi.waitFor(() => expect(first.requestCount).toBe(2));
    abort.abort();
    await expect(answer).rejects.toMatchObject({ code: 'aborted' });
    // The second request had not begun and is gone at once; the first leaves when it ends.
    await vi.waitFor(() => expect(first.requestCount).toBe(1));
    answerNow();
    await vi.waitFor(() => expect(first.requestCount).toBe(0));
    expect(first.calls).toHaveLength(1);
    const early = swarm.embedder.embed(['a'], { modelRoot, signal: AbortSignal.abort() });
    await expect(early).rejects.toMatchObject({ code: 'aborted' });
  });

  test('refuses what nobody could answer before anybody is asked', async () => {
    const swarm = await createToyEmbeddingSwarm();
    const codeOf = (texts: string[]) =>
      swarm.embedder.embed(texts, { modelRoot }).catch(({ code }) => code);
    expect(await codeOf([])).toBe('no-texts');
    expect(await codeOf(['a', ' \n'])).toBe('no-texts');
    expect(await codeOf(new Array(EMBED_TEXTS_MAX + 1).fill('a'))).toBe('too-many-texts');
    expect(await codeOf(['x'.repeat(EMBEDDING_TEXTS_BYTES_MAX)])).toBe('text-too-long');
    expect(swarm.volunteers[0]?.calls).toEqual([]);
    const nobody = await createToyEmbeddingSwarm({ msPerTexts: [] });
    await expect(nobody.embedder.embed(['a'], { modelRoot })).rejects.toMatchObject({
      code: 'no-volunteers',
    });
  });
});

describe('cutTexts', () => {
  test('keeps every request within count and bytes, escapes included', () => {
    const texts = [...new Array(100).fill('short'), ...new Array(9).fill('\u0001'.repeat(1_000))];
    const parts = cutTexts(texts);
    expect(parts.flatMap((part) => part.texts)).toEqual(texts);
    for (const part of parts) {
      expect(part.texts.length).toBeLessThanOrEqual(EMBEDDING_TEXTS_MAX);
      expect(JSON.stringify(part.texts).length).toBeLessThanOrEqual(EMBEDDING_TEXTS_BYTES_MAX + 2);
    }
  });
});

describe('a volunteer', () => {
  test('refuses strangers with a code: another model, a second use of an id, too many', async () => {
    const swarm = await createToyEmbeddingSwarm();
    const [volunteer] = swarm.volunteers as [ToyEmbedder];
    volunteer.instead = never;
    const link = await (await swarm.stranger()).connect(volunteer.peerId);
    const failures: PeerMessageOf<'embedding-failed'>[] = [];
    link.listen({
      onMessage: (message: PeerMessage) => {
        if (message.type === 'embedding-failed') failures.push(message);
      },
      onFrame: () => undefined,
      onClose: () => undefined,
    });
    const ask = (id: number, root = modelRoot) =>
      link.sendMessage({
        type: 'request-embedding',
        requestId: `${'A'.repeat(20)}${id}A`,
        modelRoot: root,
        texts: ['a'],
        deadlineMs: 60_000,
      });
    ask(0, 'ee'.repeat(32));
    for (const id of [1, 1, 2, 3, 4, 5]) ask(id);
    await vi.waitFor(() =>
      expect(failures.map(({ code }) => code)).toEqual(['model-not-held', 'malformed', 'busy']),
    );
    expect(volunteer.requestCount).toBe(4);
    link.close('closed-locally');
    await vi.waitFor(() => expect(volunteer.requestCount).toBe(1));
  });

  test('goes on after its engine failed', async () => {
    const swarm = await createToyEmbeddingSwarm();
    const [volunteer] = swarm.volunteers as [ToyEmbedder];
    const error = new EngineError('validation', 'the model failed while it ran');
    volunteer.instead = () => Promise.reject(error);
    await expect(swarm.embedder.embed(['a'], { modelRoot })).rejects.toMatchObject({
      code: 'embedding-lost',
    });
    volunteer.instead = undefined;
    const { vectors } = await swarm.embedder.embed(['a'], { modelRoot });
    expect(exactly(vectors)).toEqual(wanted(['a']));
  });
});
