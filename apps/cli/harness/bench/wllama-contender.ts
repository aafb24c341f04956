import type { Contender } from '../../src/bench/measure/contender.ts';

/** What is used of the package: its own types are its sources, which our compiler settings refuse. */
interface WllamaModule {
  readonly Wllama: {
    new (wasm: Readonly<Record<string, string>>, options: { suppressNativeLog: boolean }): Wllama;
    getLibllamaVersion(): string;
  };
}

interface Wllama {
  loadModel(
    files: readonly Blob[],
    options: { n_ctx: number; n_batch: number; n_threads: number },
  ): Promise<void>;
  getNumThreads(): number;
  decode(tokenIds: readonly number[], options: object): Promise<unknown>;
  /** Probabilities of the likeliest tokens, or of all with -1. */
  getLogits(count: number): Promise<readonly { readonly token: number; readonly p: number }[]>;
  kvClear(): Promise<void>;
  exit(): Promise<void>;
}

export interface WllamaRequest {
  readonly ggufUrl: string;
  /** The folder of the package's built files, with a slash at its end. */
  readonly scriptsUrl: string;
  readonly positionsMax: number;
}

/** llama.cpp in WebAssembly, one thread, driven token by token; its worker is its own. */
export async function createWllamaContender(request: WllamaRequest): Promise<Contender> {
  const { ggufUrl, scriptsUrl, positionsMax } = request;
  const module: WllamaModule = await import(/* @vite-ignore */ `${scriptsUrl}index.js`);
  const wasm = { 'single-thread/wllama.wasm': `${scriptsUrl}single-thread/wllama.wasm` };
  const wllama = new module.Wllama(wasm, { suppressNativeLog: true });
  const model = await (await fetch(ggufUrl)).blob();
  await wllama.loadModel([model], { n_ctx: positionsMax, n_batch: positionsMax, n_threads: 1 });
  return {
    detail: `llama.cpp ${module.Wllama.getLibllamaVersion()}, ${wllama.getNumThreads()} thread`,
    prepare: async () => undefined,
    reset: () => wllama.kvClear(),
    async step(tokenIds) {
      await wllama.decode([...tokenIds], {});
      return {
        top: async (count) => (await wllama.getLogits(count)).map(({ token }) => token),
        async logProbs(wanted) {
          const known = new Map<number, number>();
          for (const { token, p } of await wllama.getLogits(-1)) known.set(token, Math.log(p));
          return wanted.map((id) => known.get(id) ?? null);
        },
      };
    },
    dispose: () => wllama.exit(),
  };
}
