import type { Contender } from '../../src/bench/measure/contender.ts';
import type { TimingPlan, Timings } from '../../src/bench/measure/time-contender.ts';
import { median } from '../../src/bench/report/speeds.ts';

export interface WllamaNextRequest {
  readonly ggufUrl: string;
  /** The folder of the package's built files, with a slash at its end. */
  readonly scriptsUrl: string;
  readonly positionsMax: number;
  /** The prompt's text by its number of tokens: this version takes nothing else. */
  readonly texts: Readonly<Record<number, string>>;
}

/** What is used of the package: its own types are its sources, which our compiler settings refuse. */
interface WllamaModule {
  readonly Wllama: {
    new (wasm: { default: string }, options: { suppressNativeLog: boolean }): Wllama;
    getLibllamaVersion(): string;
  };
}

interface Wllama {
  loadModel(files: readonly Blob[], options: Readonly<Record<string, number>>): Promise<void>;
  createCompletion(options: Readonly<Record<string, unknown>>): Promise<Completion>;
  exit(): Promise<void>;
}

interface Completion {
  readonly choices: readonly {
    readonly logprobs?: {
      readonly content?: readonly {
        readonly top_logprobs: readonly { readonly id: number; readonly logprob: number }[];
      }[];
    } | null;
  }[];
  readonly timings?: {
    readonly prompt_ms: number;
    readonly prompt_n: number;
    readonly predicted_per_token_ms: number;
  };
}

/** Tokens of one completion whose mean is a sample of decode. */
const DECODED_TOKENS = 16;
/** Likeliest tokens it is asked for. Among more, one that is no UTF-8 is likelier: it cannot tell those. */
const TOP = 64;

/** llama.cpp's server in WebAssembly, one thread: it takes text and times itself. */
export async function createWllamaNextContender(request: WllamaNextRequest): Promise<Contender> {
  const { ggufUrl, scriptsUrl, positionsMax, texts } = request;
  const module: WllamaModule = await import(/* @vite-ignore */ `${scriptsUrl}index.js`);
  const wasm = { default: `${scriptsUrl}wasm/wllama.wasm` };
  const wllama = new module.Wllama(wasm, { suppressNativeLog: true });
  const model = await (await fetch(ggufUrl)).blob();
  const one = { n_threads: 1, n_parallel: 1, n_gpu_layers: 0 };
  await wllama.loadModel([model], { n_ctx: positionsMax, n_batch: positionsMax, ...one });
  let count = 0;
  const complete = async (tokenCount: number, maxTokens: number, logprobs = 0) => {
    const prompt = texts[tokenCount];
    if (prompt === undefined) throw new Error(`no text of ${tokenCount} tokens was given`);
    return await wllama.createCompletion({
      prompt,
      max_tokens: maxTokens,
      temperature: 0,
      cache_prompt: false,
      ignore_eos: true,
      ...(logprobs > 0 && { n_probs: logprobs }),
    });
  };
  return {
    detail: `llama.cpp ${module.Wllama.getLibllamaVersion()}, 1 thread`,
    prepare: async () => undefined,
    reset: async () => {
      count = 0;
    },
    async step(tokenIds) {
      count += tokenIds.length;
      const { choices } = await complete(count, 1, TOP).catch((cause: unknown) => {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new Error(`it cannot tell its probabilities (${reason})`, { cause });
      });
      const likely = choices[0]?.logprobs?.content?.[0]?.top_logprobs ?? [];
      if (likely.length === 0) throw new Error('it tells no probabilities to compare');
      return {
        top: async (wanted) => likely.slice(0, wanted).map(({ id }) => id),
        logProbs: async (wanted) =>
          wanted.map((id) => likely.find((each) => each.id === id)?.logprob ?? null),
      };
    },
    time: (plan) => timeItself(complete, plan),
    dispose: () => wllama.exit(),
  };
}

/** As the server measured: rounds through its queue and its worker are left out, in its favour. */
async function timeItself(
  complete: (tokenCount: number, maxTokens: number) => Promise<Completion>,
  { prefillCounts, repeats, budgetMs }: TimingPlan,
): Promise<Timings> {
  const timingsOf = ({ timings }: Completion) => {
    if (timings === undefined) throw new Error('it tells no timings');
    return timings;
  };
  const sample = async (run: () => Promise<number>): Promise<number[]> => {
    const samples: number[] = [];
    const endsAt = performance.now() + budgetMs;
    while (samples.length === 0 || (samples.length < repeats && performance.now() < endsAt)) {
      samples.push(await run());
    }
    return samples;
  };
  const first = Math.min(...prefillCounts);
  const firstPrefillMs = timingsOf(await complete(first, 1)).prompt_ms;
  const decodeMs = await sample(
    async () => timingsOf(await complete(first, DECODED_TOKENS)).predicted_per_token_ms,
  );
  const prefill: { tokenCount: number; samplesMs: number[] }[] = [];
  for (const tokenCount of prefillCounts) {
    const isTooSlow = (median(prefill.at(-1)?.samplesMs ?? []) / first) * tokenCount > budgetMs;
    const run = async () => {
      const { prompt_ms: ms, prompt_n: tokens } = timingsOf(await complete(tokenCount, 1));
      return (ms / tokens) * tokenCount;
    };
    prefill.push({ tokenCount, samplesMs: isTooSlow ? [] : await sample(run) });
  }
  return { firstPrefillMs, decodeMs, prefill };
}
