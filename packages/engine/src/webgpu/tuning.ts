import { type Dispatch, recordDispatches } from './dispatch.ts';

/** A product that several variants compute; `key` names its kernel and its shape. */
export interface TunableProduct<Variant extends string = string> {
  readonly key: string;
  /** Rows of x that it is measured with. */
  readonly tokenCount: number;
  /** What this adapter can run, the likeliest best first. */
  readonly variants: readonly [Variant, ...Variant[]];
  build(variant: Variant): Promise<Dispatch>;
}

/** The fastest variant of each product, by the product's key. */
export type TunedChoices = Readonly<Record<string, string>>;

/** Where choices outlive a stage: in memory, or in the browser's storage. */
export interface TuningStore {
  read(adapterKey: string): Promise<TunedChoices | undefined>;
  write(adapterKey: string, choices: TunedChoices): Promise<void>;
}

/** Keeps choices as long as its owner lives. */
export function createMemoryTuningStore(): TuningStore {
  const known = new Map<string, TunedChoices>();
  return {
    read: async (adapterKey) => known.get(adapterKey),
    async write(adapterKey, choices) {
      known.set(adapterKey, { ...known.get(adapterKey), ...choices });
    },
  };
}

/** Raise it where a kernel changes: choices that were measured with other code are forgotten. */
const KERNELS_VERSION = 1;

/** Decides when something may use the device. */
export type InTurn = <T>(run: () => Promise<T>) => Promise<T>;

/** What choices depend on beside the product. */
export function tuningKey({ vendor, architecture, device, description }: GPUAdapterInfo): string {
  return [vendor, architecture, device, description, `kernels ${KERNELS_VERSION}`].join('/');
}

/** The products of a stage, each with the variant it runs now. */
export interface Tuning {
  /** The product as a dispatch, which may later turn into that of a faster variant. */
  add<Variant extends string>(product: TunableProduct<Variant>): Promise<Dispatch>;
  /** Measures what is not known yet and exchanges what is slower than it could be. */
  run(bench: Bench): Promise<TunedChoices>;
}

/** Milliseconds that a dispatch takes for so many rows; decides when the device may be used for it. */
export type Bench = (dispatch: Dispatch, tokenCount: number) => Promise<number>;

/** How much faster than the variant in use another one must be: less may be noise. */
const GAIN_MIN = 1.05;

/** Starts with the known choices, else with each product's first variant. */
export function createTuning(known: TunedChoices = {}): Tuning {
  const products: { product: TunableProduct; chosen: string; dispatch: Dispatch }[] = [];
  return {
    async add(product) {
      const chosen =
        product.variants.find((variant) => variant === known[product.key]) ?? product.variants[0];
      // A copy: the dispatch of a variant is exchanged in place.
      const dispatch = { ...(await product.build(chosen)) };
      products.push({ product: product as unknown as TunableProduct, chosen, dispatch });
      return dispatch;
    },
    async run(bench) {
      const choices: Record<string, string> = {};
      for (const entry of products) {
        const { product } = entry;
        if (product.variants.length === 1) continue;
        const isKnown = known[product.key] === entry.chosen;
        choices[product.key] ??= isKnown
          ? entry.chosen
          : await fastest(product, entry.chosen, bench);
        const best = choices[product.key] as string;
        if (best === entry.chosen) continue;
        Object.assign(entry.dispatch, await product.build(best));
        entry.chosen = best;
      }
      return choices;
    },
  };
}

async function fastest(product: TunableProduct, first: string, bench: Bench): Promise<string> {
  let best = first;
  let bestMs = await bench(await product.build(first), product.tokenCount);
  for (const variant of product.variants) {
    if (variant === first) continue;
    const ms = await bench(await product.build(variant), product.tokenCount);
    if (ms * (best === first ? GAIN_MIN : 1) >= bestMs) continue;
    best = variant;
    bestMs = ms;
  }
  return best;
}

/** Long enough that what a submit takes by itself does not matter; short enough for a busy screen. */
const MEASURED_MS_MIN = 12;
const MEASURED_RUNS_MAX = 256;
const MEASUREMENTS = 3;

/** Times a dispatch on its own buffers: what it writes must be scratch, and nothing else may run. */
export async function timeDispatch(
  device: GPUDevice,
  params: GPUBuffer,
  dispatch: Dispatch,
  tokenCount: number,
): Promise<number> {
  const run = async (count: number): Promise<number> => {
    device.queue.writeBuffer(params, 0, Uint32Array.of(tokenCount, 0, 0, 0));
    const encoder = device.createCommandEncoder({ label: 'tuning' });
    const pass = encoder.beginComputePass({ label: 'tuning' });
    recordDispatches(pass, new Array<Dispatch>(count).fill(dispatch), tokenCount, 0);
    pass.end();
    await device.queue.onSubmittedWorkDone();
    const startedAt = performance.now();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
    return performance.now() - startedAt;
  };
  // The first run also compiles what the driver left for later.
  await run(1);
  let count = 1;
  while (count < MEASURED_RUNS_MAX && (await run(count)) < MEASURED_MS_MIN) count *= 2;
  const times: number[] = [];
  for (let i = 0; i < MEASUREMENTS; i += 1) times.push((await run(count)) / count);
  times.sort((a, b) => a - b);
  return times[MEASUREMENTS >> 1] as number;
}
