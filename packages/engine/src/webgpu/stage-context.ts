import type { ModelConfig } from '@manyhands/model/config';
import type { Dispatch } from './dispatch.ts';
import type { KernelCache } from './kernel.ts';
import type { ActivationClass, ProductFeatures } from './kernels/product-variant.ts';
import type { KvType } from './kv/kv-type.ts';
import type { GpuMemory } from './memory.ts';
import type { Scratch } from './scratch.ts';
import type { Tuning } from './tuning.ts';

/** What every part of a stage is built from. */
export interface StageContext {
  readonly config: ModelConfig;
  readonly kernels: KernelCache;
  readonly scratch: Scratch;
  readonly memory: GpuMemory;
  readonly features: ProductFeatures;
  readonly activations: ActivationClass;
  readonly tuning: Tuning;
  /**
   * Whether more than a few rows go through the tiled mat-mul. A software adapter is several times
   * faster with quads, so it stays with `mat_vec_rows`.
   */
  readonly hasMatMul: boolean;
  /** Whether weights lie in textures and every product runs as quads (`kernels/quad-rows.wgsl`). */
  readonly hasQuads: boolean;
  readonly kvType: KvType;
  /** Whether long contexts and large vocabularies are spread over workgroups. */
  readonly hasSplits: boolean;
}

/** The same work for one row, for up to 8 and for more. */
export interface ByRowCount {
  readonly one: readonly Dispatch[];
  readonly few: readonly Dispatch[];
  readonly many: readonly Dispatch[];
}

const FEW_ROWS_MAX = 8;

/** Which kernels so many rows run. */
export function rowKind(tokenCount: number): keyof ByRowCount {
  if (tokenCount === 1) return 'one';
  return tokenCount <= FEW_ROWS_MAX ? 'few' : 'many';
}

export function chooseByRowCount(work: ByRowCount, tokenCount: number): readonly Dispatch[] {
  return work[rowKind(tokenCount)];
}
