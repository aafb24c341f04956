import type { EmbeddingCard } from '@manyhands/model/embedding/card';
import { EngineError } from '../error.ts';
import { isFallbackAdapter, requestAdapter } from '../webgpu/device.ts';
import { type BackendReason, problemOf } from '../worker/backend-reason.ts';
import type { ProviderChoice } from './embedding-api.ts';
import { createEmbeddingModel, type EmbeddingModel, type TokenIds } from './embedding-model.ts';
import { loadOnnx, type Onnx, type OnnxProvider } from './ort.ts';

const CHOSEN = { code: 'chosen' } as const;

export interface ChosenModel {
  readonly onnx: Onnx;
  readonly model: EmbeddingModel;
  readonly choice: ProviderChoice;
}

/**
 * The model on the provider a person named, else on the faster one. Where there is no GPU, or only
 * software that pretends to be one (it loses to WASM by an order of magnitude), the smaller runtime
 * without WebGPU is all that is fetched.
 */
export async function chooseProvider(
  bytes: Uint8Array,
  card: EmbeddingCard,
  sample: TokenIds,
  wanted?: OnnxProvider,
): Promise<ChosenModel> {
  const obstacle = wanted === undefined ? await findGpuObstacle() : CHOSEN;
  if (obstacle === undefined) return measureProviders(bytes, card, sample);
  const provider = wanted ?? 'wasm';
  const onnx = await loadOnnx(provider);
  const { model, ms } = await openMeasured(onnx, bytes, card, provider, sample);
  return chosen(onnx, model, { [provider]: ms }, obstacle);
}

/** The model on the faster of both providers; WASM where the GPU cannot run it. */
export async function measureProviders(
  bytes: Uint8Array,
  card: EmbeddingCard,
  sample: TokenIds,
): Promise<ChosenModel> {
  const onnx = await loadOnnx('webgpu');
  const wasm = await openMeasured(onnx, bytes, card, 'wasm', sample);
  let webgpu: Measured;
  try {
    webgpu = await openMeasured(onnx, bytes, card, 'webgpu', sample);
  } catch (error) {
    const reason = { code: 'gpu-failed', problem: problemOf(error) } as const;
    return chosen(onnx, wasm.model, { wasm: wasm.ms }, reason);
  }
  const [faster, slower] = webgpu.ms < wasm.ms ? [webgpu, wasm] : [wasm, webgpu];
  await slower.model.dispose();
  const msPerText = { webgpu: webgpu.ms, wasm: wasm.ms };
  const reason = { code: 'measured', gpuMs: webgpu.ms, processorMs: wasm.ms } as const;
  return chosen(onnx, faster.model, msPerText, reason);
}

interface Measured {
  readonly model: EmbeddingModel;
  readonly ms: number;
}

async function openMeasured(
  onnx: Onnx,
  bytes: Uint8Array,
  card: EmbeddingCard,
  provider: OnnxProvider,
  sample: TokenIds,
): Promise<Measured> {
  const model = await createEmbeddingModel(onnx, bytes, card, provider);
  try {
    return { model, ms: await measure(model, sample) };
  } catch (error) {
    await model.dispose();
    throw error;
  }
}

function chosen(
  onnx: Onnx,
  model: EmbeddingModel,
  msPerText: ProviderChoice['msPerText'],
  reason: BackendReason,
): ChosenModel {
  return { onnx, model, choice: { provider: model.provider, msPerText, reason } };
}

/** Why WebGPU is not even tried. */
async function findGpuObstacle(): Promise<BackendReason | undefined> {
  try {
    const { info } = await requestAdapter();
    return isFallbackAdapter(info) ? { code: 'software-gpu' } : undefined;
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return { code: 'no-gpu', problem: problemOf(error) };
  }
}

const MEASURED_RUNS = 3;

/** The first run compiles kernels and is not counted. */
async function measure(model: EmbeddingModel, sample: TokenIds): Promise<number> {
  await model.embed([sample]);
  const times: number[] = [];
  for (let run = 0; run < MEASURED_RUNS; run += 1) {
    const startedAt = performance.now();
    await model.embed([sample]);
    times.push(performance.now() - startedAt);
  }
  return times.sort((a, b) => a - b)[Math.floor(MEASURED_RUNS / 2)] as number;
}
