import type {
  SessionRange,
  Stage,
  StageSpec,
  StepRequest,
  StepResult,
} from '@manyhands/engine/stage';
import { createWasmStage, type WasmStageOptions } from '@manyhands/engine/wasm/stage';
import { requestDevice } from '@manyhands/engine/webgpu/device';
import { createWebGpuStage } from '@manyhands/engine/webgpu/stage';
import { stageTensors } from '@manyhands/model/stage-tensors';
import type { Part } from './contender.ts';
import type { BenchModel } from './open-model.ts';

/**
 * Which of our backends, and for WASM with which module: as volunteers run them, or `wasm-exact`, which
 * rounds no activations and is what answers are compared with.
 */
export type OurBackend = 'webgpu' | 'wasm-exact' | 'wasm-relaxed' | 'wasm-plain';

/**
 * A whole model in one stage. The only file here that knows the stage's interface: what it is asked,
 * and in which order.
 */
export interface OurStage {
  readonly numericClass: string;
  open(sessionId: string): Promise<void>;
  close(sessionId: string): Promise<void>;
  /** Rows of one session. */
  step(sessionId: string, position: number, tokenIds: readonly number[]): Promise<StepResult>;
  /** One row of each of several sessions. */
  decodeRows(rows: readonly Row[]): Promise<void>;
  dispose(): void;
}

export interface Row {
  readonly sessionId: string;
  readonly position: number;
  readonly tokenId: number;
}

const MEMORY_BYTES_MAX = Number.MAX_SAFE_INTEGER;

export async function openOurStage(
  backend: OurBackend,
  model: BenchModel,
  { part, positionsMax }: { readonly part: Part; readonly positionsMax: number },
): Promise<OurStage> {
  const { config, tensors } = model;
  const heads = part === 'whole';
  const range = { firstBlock: 0, endBlock: config.blockCount, embeds: true, heads };
  const spec = { ...range, config, tensors: stageTensors(config, tensors, range) };
  const { stage, release } = await createStage(backend, model, spec);
  const session: SessionRange = { ...range, positionsMax };
  const stepOf = (
    sessionId: string,
    position: number,
    tokenIds: readonly number[],
  ): StepRequest => ({
    sessionId,
    position,
    tokenCount: tokenIds.length,
    tokenIds: Uint32Array.from(tokenIds),
    headRows: heads ? 1 : 0,
  });
  return {
    numericClass: stage.numericClass,
    async open(sessionId) {
      await stage.openSession(sessionId, session);
    },
    async close(sessionId) {
      stage.closeSession(sessionId);
    },
    step: (sessionId, position, tokenIds) => stage.step(stepOf(sessionId, position, tokenIds)),
    async decodeRows(rows) {
      const requests = rows.map((row) => stepOf(row.sessionId, row.position, [row.tokenId]));
      const outcomes = await stage.pass(requests);
      for (const outcome of outcomes) if ('error' in outcome) throw outcome.error;
    },
    dispose() {
      stage.dispose();
      release();
    },
  };
}

async function createStage(
  backend: OurBackend,
  { readTensor }: BenchModel,
  spec: StageSpec,
): Promise<{ stage: Stage; release: () => void }> {
  const activations = backend === 'wasm-exact' ? 'f32' : 'auto';
  const options = { memoryBytesMax: MEMORY_BYTES_MAX, activations } as const;
  if (backend !== 'webgpu') {
    const variant: WasmStageOptions['variant'] = backend === 'wasm-relaxed' ? 'relaxed' : 'plain';
    const stage = await createWasmStage(spec, readTensor, { ...options, variant });
    return { stage, release: () => undefined };
  }
  const gpu = await requestDevice();
  const stage = await createWebGpuStage(gpu, spec, readTensor, options);
  return { stage, release: () => gpu.destroy() };
}
