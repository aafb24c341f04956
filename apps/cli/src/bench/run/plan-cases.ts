import type { ContenderName } from '../../../harness/bench/bench-messages.ts';
import { type Backend, type BenchOptions, FILE_MODELS, type Rival } from '../bench-options.ts';
import { SHAPES, type Shape, type WeightType } from '../model/shapes.ts';

/** A model whose weights are made up, or one in a file. */
export type ModelPlan =
  | { readonly kind: 'synthetic'; readonly shape: Shape; readonly type: WeightType }
  | { readonly kind: 'file'; readonly name: string; readonly file: string };

export interface CasePlan {
  readonly model: ModelPlan;
  readonly backend: Backend;
  /** `undefined` for all blocks. */
  readonly blockCount: number | undefined;
  readonly contenders: readonly ContenderName[];
}

/**
 * On a software adapter a rival takes seconds for a token of a few blocks. Of fewer than these, what a
 * submission costs would count several times in what a block is said to cost.
 */
const FALLBACK_BLOCKS = 6;

/** The cases in the order they run, ours first in each: what others say is compared with it. */
export function planCases(options: BenchOptions, isFallbackAdapter: boolean): CasePlan[] {
  const backends = options.dawn ? (['webgpu'] as const) : options.backends;
  return options.shapes
    .flatMap((name) => modelsOf(name, options))
    .flatMap((model) =>
      backends.map((backend) => ({
        model,
        backend,
        blockCount: blocksOf(model, backend, options.blocks, isFallbackAdapter),
        contenders: options.dawn ? DAWN_CONTENDERS : contendersOf(model, backend, options.rivals),
      })),
    );
}

function modelsOf(name: string, { types }: BenchOptions): ModelPlan[] {
  const shape = SHAPES[name];
  if (shape !== undefined) return types.map((type) => ({ kind: 'synthetic', shape, type }));
  const file = FILE_MODELS[name as keyof typeof FILE_MODELS];
  return [{ kind: 'file', name, file }];
}

function blocksOf(
  model: ModelPlan,
  backend: Backend,
  wanted: number | undefined,
  isFallbackAdapter: boolean,
): number | undefined {
  if (model.kind === 'file') return undefined;
  const { blockCount } = model.shape;
  if (wanted !== undefined) return Math.min(wanted, blockCount);
  return backend === 'webgpu' && isFallbackAdapter ? FALLBACK_BLOCKS : blockCount;
}

const CONTENDERS: Readonly<Record<Backend, Readonly<Record<'ours' | Rival, ContenderName[]>>>> = {
  webgpu: {
    ours: ['ours-webgpu'],
    ort: ['ort-webgpu', 'ort-webgpu-i8'],
    wllama: [],
    'wllama-next': [],
  },
  wasm: {
    ours: ['ours-wasm-relaxed', 'ours-wasm-plain'],
    ort: ['ort-wasm'],
    wllama: ['wllama-2'],
    'wllama-next': ['wllama-3'],
  },
};

/** There is no rival to compare with: ours is compared with ours. */
const DAWN_CONTENDERS: readonly ContenderName[] = ['ours-wasm-plain', 'ours-webgpu'];

function contendersOf(
  model: ModelPlan,
  backend: Backend,
  rivals: readonly Rival[],
): ContenderName[] {
  const of = CONTENDERS[backend];
  const names = [...of.ours, ...rivals.flatMap((rival) => of[rival])];
  // Its products with halves are the same with and without bytes.
  const isPlain = model.kind === 'synthetic' && model.type === 'F16';
  return names.filter((name) => !(isPlain && name === 'ort-webgpu-i8'));
}
