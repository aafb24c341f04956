import { httpSource } from '@manyhands/model/http-source';
import { dequantize } from '@manyhands/model/quant/dequantize';
import type { Tensor } from 'onnxruntime-web';
import type { Answer, Contender } from '../../src/bench/measure/contender.ts';
import { type BenchModel, openBenchModel } from '../../src/bench/measure/open-model.ts';

type Ort = typeof import('onnxruntime-web');

export interface OrtRequest {
  readonly provider: 'webgpu' | 'wasm';
  readonly ggufUrl: string;
  readonly onnxUrl: string;
  /** The folder of onnxruntime-web's files, with a slash at its end. */
  readonly scriptsUrl: string;
  readonly floats: 'f32' | 'f16';
}

/** onnxruntime-web with one thread; keys and values stay where it computes. */
export async function createOrtContender(request: OrtRequest): Promise<Contender> {
  const { provider } = request;
  const ort = await loadOrt(request);
  const model = await openBenchModel(httpSource(request.ggufUrl));
  const bytes = new Uint8Array(await (await fetch(request.onnxUrl)).arrayBuffer());
  const names = cacheNames(model.config.blockCount);
  const session = await ort.InferenceSession.create(bytes, {
    executionProviders: [provider],
    graphOptimizationLevel: 'all',
    ...(provider === 'webgpu' && {
      preferredOutputLocation: Object.fromEntries(
        names.map((name) => [`present.${name}`, 'gpu-buffer' as const]),
      ),
    }),
  });
  const rows = createEmbeddings(model);
  let past = emptyCache(ort, model, request.floats);
  let position = 0;
  const replacePast = (next: Map<string, Tensor>) => {
    for (const tensor of past.values()) tensor.dispose();
    past = next;
  };

  return {
    detail: `onnxruntime-web ${ort.env.versions.web ?? ''} ${provider}, ${request.floats}`,
    prepare: (tokenIds) => rows.prepare(tokenIds),
    async reset() {
      replacePast(emptyCache(ort, model, request.floats));
      position = 0;
    },
    async step(tokenIds) {
      const total = position + tokenIds.length;
      const feeds = {
        ...Object.fromEntries([...past].map(([name, tensor]) => [`past.${name}`, tensor])),
        embeddings: new ort.Tensor('float32', rows.join(tokenIds), [
          1,
          tokenIds.length,
          model.config.hiddenSize,
        ]),
        last_position: new ort.Tensor('int32', Int32Array.of(total - 1), [1]),
        total_length: new ort.Tensor('int32', Int32Array.of(total), [1]),
      };
      const results = await session.run(feeds);
      replacePast(new Map(names.map((name) => [name, results[`present.${name}`] as Tensor])));
      position = total;
      return answerOf(results.logits);
    },
    async dispose() {
      replacePast(new Map());
      await session.release();
    },
  };
}

async function loadOrt({ provider, scriptsUrl }: OrtRequest): Promise<Ort> {
  const script = provider === 'webgpu' ? 'ort.webgpu.min.mjs' : 'ort.wasm.min.mjs';
  // Served beside the page: a bundler would copy 26 MB into every build.
  const ort: Ort = await import(/* @vite-ignore */ `${scriptsUrl}${script}`);
  ort.env.wasm.wasmPaths = scriptsUrl;
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = 'error';
  return ort;
}

function cacheNames(blockCount: number): string[] {
  return Array.from({ length: blockCount }, (_, block) => [
    `${block}.key`,
    `${block}.value`,
  ]).flat();
}

function emptyCache(ort: Ort, { config }: BenchModel, floats: 'f32' | 'f16'): Map<string, Tensor> {
  const dims = [1, config.kvHeadCount, 0, config.headDim];
  const empty = () =>
    floats === 'f32'
      ? new ort.Tensor('float32', new Float32Array(0), dims)
      : new ort.Tensor('float16', new Uint16Array(0), dims);
  return new Map(cacheNames(config.blockCount).map((name) => [name, empty()]));
}

/** Rows of the embedding, unpacked before anything is timed. */
function createEmbeddings({ source, tensors, config }: BenchModel) {
  const tensor = tensors.find(({ name }) => name === 'token_embd.weight');
  if (tensor === undefined) throw new Error('the model has no embedding');
  const rowBytes = tensor.byteLength / config.vocabSize;
  const rows = new Map<number, Float32Array>();
  return {
    async prepare(tokenIds: readonly number[]) {
      for (const id of tokenIds) {
        if (rows.has(id)) continue;
        const start = tensor.offset + id * rowBytes;
        const bytes = await source.read(start, start + rowBytes);
        rows.set(id, dequantize(tensor.type, bytes, config.hiddenSize));
      }
    },
    join(tokenIds: readonly number[]): Float32Array<ArrayBuffer> {
      const joined = new Float32Array(tokenIds.length * config.hiddenSize);
      for (const [index, id] of tokenIds.entries()) {
        const row = rows.get(id);
        if (row === undefined) throw new Error(`token ${id} was not prepared`);
        joined.set(row, index * config.hiddenSize);
      }
      return joined;
    },
  };
}

function answerOf(tensor: Tensor | undefined): Answer {
  if (tensor === undefined) return { top: async () => [], logProbs: async () => [] };
  const logits = tensor.data as Float32Array;
  return {
    async top(count) {
      const ids = Array.from(logits, (_, id) => id);
      return ids.sort((a, b) => (logits[b] as number) - (logits[a] as number)).slice(0, count);
    },
    async logProbs(tokenIds) {
      const largest = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
      const sum = logits.reduce((total, logit) => total + Math.exp(logit - largest), 0);
      const logSumExp = largest + Math.log(sum);
      return tokenIds.map((id) => (logits[id] ?? Number.NaN) - logSumExp);
    },
  };
}
