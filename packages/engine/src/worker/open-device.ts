import { EngineError } from '../error.ts';
import type { ReadTensor, Stage, StageSpec } from '../stage.ts';
import { bestVariant, requireVariant } from '../wasm/kernels.ts';
import { createWasmStage } from '../wasm/stage.ts';
import {
  type GpuDevice,
  isFallbackAdapter,
  requestAdapter,
  requestDevice,
} from '../webgpu/device.ts';
import { createWebGpuStage, type WebGpuStage } from '../webgpu/stage.ts';
import { describeAdapter } from './adapter-report.ts';
import { problemOf } from './backend-reason.ts';
import {
  type BackendChoice,
  type BackendFacts,
  type ChosenBackend,
  chooseBackend,
} from './choose-backend.ts';
import { chooseThreads } from './choose-threads.ts';
import type { EngineReport } from './engine-api.ts';
import { measureMsPerToken } from './measure-backend.ts';
import { createBrowserTuningStore } from './tuning-store.ts';

/** One for the worker: where nothing can be stored, its stages still know what earlier ones found. */
const TUNING_STORE = createBrowserTuningStore();

/** A backend that was chosen, and the device it needs. */
export interface OpenDevice extends ChosenBackend {
  /** Where the backend is `webgpu`; whoever opened it destroys it. */
  readonly gpu?: GpuDevice;
}

export interface StageLimits {
  readonly memoryBytesMax: number;
  readonly activations: 'f32' | 'auto';
  /** As in `LoadStageOptions`. */
  readonly threadsMax?: number | undefined;
  readonly signal: AbortSignal;
  readonly onWeightsLoaded?: () => void;
}

/** What this device can compute with. Allocates nothing. */
export async function probeDevice(): Promise<EngineReport> {
  const { adapter, gpuProblem, wasmProblem } = await gatherFacts('auto');
  if (adapter === undefined && wasmProblem !== undefined) throw gpuProblem ?? wasmProblem;
  const wasm = bestVariant();
  return {
    ...(adapter && { adapter: describeAdapter(adapter.info, adapter.limits, adapter.features) }),
    ...(gpuProblem && { gpuProblem: { code: gpuProblem.code, message: gpuProblem.message } }),
    ...(wasm && { wasm }),
  };
}

/** Chooses what computes this stage, by a short measurement where both could be faster. */
export async function openDevice(
  wanted: BackendChoice,
  spec: StageSpec,
  limits: StageLimits,
): Promise<OpenDevice> {
  const facts = await gatherFacts(wanted);
  const first = chooseBackend(facts);
  if (first !== 'measure') {
    return first.backend === 'webgpu' ? { ...first, gpu: await requestDevice() } : first;
  }
  let gpu: GpuDevice | undefined;
  try {
    gpu = await requestDevice();
    const chosen = await chooseByMeasuring(facts, gpu, spec, limits);
    if (chosen.backend === 'webgpu') return { ...chosen, gpu };
    gpu.destroy();
    return chosen;
  } catch (error) {
    const failure = gpu?.failure() ?? error;
    gpu?.destroy();
    if (limits.signal.aborted || !(failure instanceof EngineError)) throw failure;
    // There is an adapter, but nothing comes of it.
    return { backend: 'wasm', reason: { code: 'gpu-failed', problem: problemOf(failure) } };
  }
}

async function chooseByMeasuring(
  facts: BackendFacts,
  gpu: GpuDevice,
  spec: StageSpec,
  limits: StageLimits,
): Promise<ChosenBackend> {
  const webgpu = await measureMsPerToken(spec, stageLoader({ backend: 'webgpu', gpu }, limits));
  let wasm: number;
  try {
    wasm = await measureMsPerToken(spec, stageLoader({ backend: 'wasm' }, limits));
  } catch (error) {
    if (limits.signal.aborted || !(error instanceof EngineError)) throw error;
    return {
      backend: 'webgpu',
      reason: { code: 'processor-failed', problem: problemOf(error) },
    };
  }
  const chosen = chooseBackend({ ...facts, measuredMs: { webgpu, wasm } });
  if (chosen === 'measure') throw new EngineError('no-adapter', 'nothing was measured; retry');
  return chosen;
}

/** A stage in the worker: only one on WebGPU can be tuned. */
export type WorkerStage = Stage & Partial<Pick<WebGpuStage, 'tune'>>;

/** Loads stages on a chosen backend, with the fastest kernels that earlier ones found. */
export function stageLoader(
  device: Pick<OpenDevice, 'backend' | 'gpu'>,
  limits: StageLimits,
): (spec: StageSpec, readTensor: ReadTensor) => Promise<WorkerStage> {
  const { gpu } = device;
  if (gpu === undefined) {
    const threadsMax = chooseThreads(limits.threadsMax, navigator.hardwareConcurrency);
    return (spec, readTensor) => createWasmStage(spec, readTensor, { ...limits, threadsMax });
  }
  const exact = limits.activations === 'f32' ? ({ kvType: 'f32' } as const) : {};
  const options = { ...limits, ...exact, tuningStore: TUNING_STORE };
  return (spec, readTensor) => createWebGpuStage(gpu, spec, readTensor, options);
}

async function gatherFacts(
  wanted: BackendChoice,
): Promise<BackendFacts & { readonly adapter?: GPUAdapter & { isFallback: boolean } }> {
  const wasmProblem = errorOf(() => requireVariant());
  try {
    const adapter = await requestAdapter();
    const isFallback = isFallbackAdapter(adapter.info);
    return { wanted, adapter: Object.assign(adapter, { isFallback }), wasmProblem };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return { wanted, gpuProblem: error, wasmProblem };
  }
}

function errorOf(run: () => unknown): EngineError | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof EngineError) return error;
    throw error;
  }
}
