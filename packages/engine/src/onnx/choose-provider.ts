import type { EmbeddingCard } from '@manyhands/model/embedding/card';
import { isFallbackAdapter } from '../webgpu/device.ts';
import type { ProviderChoice } from './embedding-api.ts';
import { createEmbeddingModel, type EmbeddingModel, type TokenIds } from './embedding-model.ts';
import { loadOnnx, type Onnx, type OnnxProvider } from './ort.ts';

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
  const open = async (onnx: Onnx, provider: OnnxProvider) => {
    const model = await createEmbeddingModel(onnx, bytes, card, provider);
    return { model, ms: await measure(model, sample) };
  };
  if (wanted !== undefined) {
    const onnx = await loadOnnx(wanted);
    const { model, ms } = await open(onnx, wanted);
    return chosen(onnx, model, { [wanted]: ms }, 'Chosen by hand.');
  }
  const obstacle = await findGpuObstacle();
  if (obstacle !== undefined) {
    const onnx = await loadOnnx('wasm');
    const { model, ms } = await open(onnx, 'wasm');
    return chosen(onnx, model, { wasm: ms }, obstacle);
  }
  const onnx = await loadOnnx('webgpu');
  const wasm = await open(onnx, 'wasm');
  let webgpu: Awaited<ReturnType<typeof open>>;
  try {
    webgpu = await open(onnx, 'webgpu');
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return chosen(onnx, wasm.model, { wasm: wasm.ms }, `The GPU cannot run it: ${text}`);
  }
  const [faster, slower] = webgpu.ms < wasm.ms ? [webgpu, wasm] : [wasm, webgpu];
  await slower.model.dispose();
  const msPerText = { webgpu: webgpu.ms, wasm: wasm.ms };
  return chosen(onnx, faster.model, msPerText, 'The faster of both by measurement.');
}

function chosen(
  onnx: Onnx,
  model: EmbeddingModel,
  msPerText: ProviderChoice['msPerText'],
  reason: string,
): ChosenModel {
  return { onnx, model, choice: { provider: model.provider, msPerText, reason } };
}

/** Why WebGPU is not even tried. */
async function findGpuObstacle(): Promise<string | undefined> {
  const gpu: GPU | undefined = globalThis.navigator?.gpu;
  const adapter = await gpu?.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === undefined || adapter === null) return 'This browser offers no GPU.';
  return isFallbackAdapter(adapter.info) ? 'The only adapter is software.' : undefined;
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
