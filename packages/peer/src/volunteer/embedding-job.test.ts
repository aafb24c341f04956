import type { EmbeddingHandle } from '@manyhands/engine/onnx/create-embedding-engine';
import type { LoadEmbeddingOptions, LoadedEmbedding } from '@manyhands/engine/onnx/embedding-api';
import { createIdentity } from '@manyhands/swarm/identity';
import { createMemoryHub, createMemoryTransport } from '@manyhands/swarm/memory-transport';
import { expect, test, vi } from 'vitest';
import { TOY_CARD, TOY_EMBEDDING_ROOT } from '../testing/toy-embedding-swarm.ts';
import { createEmbeddingJob } from './embedding-job.ts';

interface ToyHandle extends EmbeddingHandle {
  readonly loads: LoadEmbeddingOptions[];
  readonly shares: number[];
  lose(reason: string): void;
  isTerminated: boolean;
}

function createToyHandle(failure?: Error): ToyHandle {
  let lose: (reason: string) => void = () => undefined;
  const lost = new Promise<string>((resolve) => {
    lose = resolve;
  });
  const handle: ToyHandle = {
    loads: [],
    shares: [],
    isTerminated: false,
    lose: (reason) => lose(reason),
    async load(options) {
      handle.loads.push(options);
      if (failure !== undefined) throw failure;
      const { provider = 'webgpu' } = options;
      return {
        modelRoot: TOY_EMBEDDING_ROOT,
        card: TOY_CARD,
        numericClass: `onnx-${provider}`,
        weightBytes: 1,
        choice: { provider, msPerText: {}, reason: '' },
        msPerText: 1,
      };
    },
    async setGpuShare(share) {
      handle.shares.push(share);
    },
    embed: () => Promise.reject(new Error('not asked here')),
    whenLost: () => lost,
    unload: async () => undefined,
    terminate() {
      handle.isTerminated = true;
    },
  };
  return handle;
}

async function startJob(handles: ToyHandle[]) {
  const { publicIdentity: identity } = await createIdentity();
  const waiting = [...handles];
  const events: string[] = [];
  const failures: unknown[] = [];
  const job = createEmbeddingJob({
    createEngine: () => waiting.shift() ?? expect.unreachable('one engine too many'),
    transport: createMemoryTransport(createMemoryHub(), { identity }),
    load: {
      modelRoot: TOY_EMBEDDING_ROOT,
      manifestUrl: '',
      sourceUrls: [],
      tokenizerUrls: [],
      memoryBytesMax: 1,
      gpuShare: 0.5,
    },
    onProgress: () => undefined,
    onServing: ({ numericClass }: LoadedEmbedding) => events.push(numericClass),
    onInterrupted: (reason) => events.push(`interrupted: ${reason}`),
    onWork: () => undefined,
    onRequestCount: () => undefined,
    onFailed: (error) => failures.push(error),
  });
  await job.start();
  return { job, events, failures };
}

test('goes on with the processor when the GPU is taken away, with the share of now', async () => {
  const [first, second] = [createToyHandle(), createToyHandle()];
  const { job, events, failures } = await startJob([first, second]);
  await job.setGpuShare(0.2);
  first.lose('unknown: reset');
  await vi.waitFor(() =>
    expect(events).toEqual(['onnx-webgpu', 'interrupted: unknown: reset', 'onnx-wasm']),
  );
  expect(first.isTerminated).toBe(true);
  expect(second.loads[0]).toMatchObject({ provider: 'wasm', gpuShare: 0.2 });
  // What is lost now is no GPU, and there is nothing left to fall back to.
  second.lose('lost again');
  await vi.waitFor(() => expect(failures).toHaveLength(1));
});

test('fails when the processor cannot take over, and says nothing after its end', async () => {
  const reason = new Error('the file is gone');
  const failing = [createToyHandle(), createToyHandle(reason)] as const;
  const { failures } = await startJob([...failing]);
  failing[0].lose('reset');
  await vi.waitFor(() => expect(failures).toEqual([reason]));

  const ended = createToyHandle();
  const { job, events, failures: none } = await startJob([ended]);
  await job.dispose('stopped');
  job.terminate();
  ended.lose('destroyed');
  await Promise.resolve();
  expect(events).toEqual(['onnx-webgpu']);
  expect(none).toEqual([]);
});
