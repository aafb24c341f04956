import { httpSource } from '@manyhands/model/http-source';
import { measureAdapterPeaks } from '../../src/bench/measure/adapter-peaks.ts';
import type { Contender } from '../../src/bench/measure/contender.ts';
import { installDeviceMeter } from '../../src/bench/measure/device-meter.ts';
import { installKernelTimer } from '../../src/bench/measure/kernel-timer.ts';
import { openBenchModel } from '../../src/bench/measure/open-model.ts';
import { createOurContender } from '../../src/bench/measure/our-contender.ts';
import type { OurBackend } from '../../src/bench/measure/our-stage.ts';
import { timeContender } from '../../src/bench/measure/time-contender.ts';
import type {
  BenchCalls,
  CheckedAnswer,
  CheckRequest,
  ContenderName,
  LoadRequest,
} from './bench-messages.ts';
import { createOrtContender } from './ort-contender.ts';
import { createWllamaContender } from './wllama-contender.ts';
import { createWllamaNextContender } from './wllama-next-contender.ts';

/** Answers whose likeliest tokens are compared. */
const TOP = 64;

/** Runs one contender on this thread, as the driver asks. */
export function createBenchHost(): BenchCalls {
  const meter = installDeviceMeter();
  const timer = installKernelTimer();
  let loaded: Contender | undefined;
  let dispatchesPerToken = 0;
  let lastToken = 0;
  const contender = (): Contender => {
    if (loaded === undefined) throw new Error('load a contender first');
    return loaded;
  };
  return {
    peaks: () => measureAdapterPeaks(),
    async load(request) {
      const startedAt = performance.now();
      loaded = await createContender(request);
      return { detail: loaded.detail, loadMs: performance.now() - startedAt };
    },
    async check(request) {
      let before = 0;
      const answers = await check(contender(), request, () => {
        dispatchesPerToken = meter.dispatchCount() - before;
        before = meter.dispatchCount();
      });
      lastToken = request.decodeTokens.at(-1) ?? 0;
      return answers;
    },
    time: (plan) => timeContender(contender(), plan),
    counts: async () => ({
      dispatchesPerToken,
      peakGpuBytes: meter.peakGpuBytes(),
      wasmBytes: meter.wasmBytes(),
    }),
    async kernels() {
      const run = async () => void (await contender().step([lastToken]));
      return (await timer.measure(run)) ?? null;
    },
    async unload() {
      await loaded?.dispose();
      loaded = undefined;
    },
    async decodeTogether(tokenIds, plan) {
      const { decodeTogether } = contender();
      if (decodeTogether === undefined) throw new Error('only our engine runs sessions together');
      return await decodeTogether(tokenIds, plan);
    },
  };
}

async function check(
  contender: Contender,
  request: CheckRequest,
  onStep: () => void,
): Promise<CheckedAnswer[]> {
  const { promptTokens, decodeTokens, tokenIds } = request;
  await contender.prepare([...promptTokens, ...decodeTokens]);
  await contender.reset();
  const answers: CheckedAnswer[] = [];
  for (const tokens of [promptTokens, ...decodeTokens.map((id) => [id])]) {
    const answer = await contender.step(tokens);
    onStep();
    const likeliest = await answer.top(TOP);
    const wanted = tokenIds?.[answers.length] ?? likeliest;
    answers.push({
      tokenIds: wanted,
      logProbs: await answer.logProbs(wanted),
      likeliest: likeliest[0] ?? -1,
    });
  }
  return answers;
}

async function createContender(request: LoadRequest): Promise<Contender> {
  const { contender, ggufUrl, onnxUrl = '', part, positionsMax } = request;
  const backend = OUR_BACKENDS[contender];
  if (backend !== undefined) {
    const model = await openBenchModel(httpSource(ggufUrl));
    return createOurContender(backend, model, { part, positionsMax });
  }
  if (contender === 'ort-webgpu' || contender === 'ort-webgpu-i8') {
    return createOrtContender({ ...request, onnxUrl, provider: 'webgpu' });
  }
  if (contender === 'ort-wasm') {
    return createOrtContender({ ...request, onnxUrl, provider: 'wasm' });
  }
  if (contender === 'wllama-2') return createWllamaContender(request);
  return createWllamaNextContender(request);
}

const OUR_BACKENDS: Partial<Record<ContenderName, OurBackend>> = {
  'ours-webgpu': 'webgpu',
  'ours-wasm-exact': 'wasm-exact',
  'ours-wasm-relaxed': 'wasm-relaxed',
  'ours-wasm-plain': 'wasm-plain',
};
