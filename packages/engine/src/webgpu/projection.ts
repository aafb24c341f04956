import type { DeviceType } from '@manyhands/model/quant/device-type';
import { CHUNK_TOKENS_MAX } from '../limits.ts';
import type { Dispatch } from './dispatch.ts';
import type { Bindable, KernelSpec } from './kernel.ts';
import { matMulKernel, matMulWorkgroups } from './kernels/mat-mul/mat-mul.ts';
import {
  matVecKernel,
  matVecRowsKernel,
  matVecRowsWorkgroups,
  matVecWorkgroups,
} from './kernels/mat-vec/mat-vec.ts';
import { packInputsKernel, packInputsWorkgroups } from './kernels/pack-inputs/pack-inputs.ts';
import { chooseTiling, shapeWords } from './kernels/product-shape.ts';
import {
  manyRowsVariants,
  type OneRowVariant,
  oneRowVariants,
  type RowsVariant,
} from './kernels/product-variant.ts';
import { rmsNormKernel, rmsNormWorkgroups } from './kernels/rms-norm/rms-norm.ts';
import type { ByRowCount, StageContext } from './stage-context.ts';
import type { MatrixPart, Projection } from './weights/matrix.ts';

export interface ProjectionInput {
  /** Rows of the input. */
  readonly x: GPUBuffer;
  /** Present where the input is the hidden state, to be normalised with this gain. */
  readonly gain?: GPUBuffer;
  readonly out: GPUBuffer;
  /** Adds to `out`. */
  readonly accumulates: boolean;
}

/**
 * The dispatches of one projection, each once for every part of the matrix: for one row and a few a
 * mat-vec that normalises its input itself, for more a norm and then a mat-mul. As quads, any number of rows
 * but one are packed and then go through a mat-vec.
 */
export async function buildProjection(
  context: StageContext,
  projection: Projection,
  input: ProjectionInput,
): Promise<ByRowCount> {
  const one = buildOneRow(context, projection, input);
  const rows = buildRows(context, projection, input);
  return { one: await one, ...(await rows) };
}

export function buildOneRow(
  context: StageContext,
  projection: Projection,
  input: ProjectionInput,
): Promise<readonly Dispatch[]> {
  const { x, gain, out } = input;
  const normEpsilon = context.config.rmsNormEps;
  const tiling = chooseTiling(context.features.isFallback);
  return Promise.all(
    bindParts(context, projection, input).map(({ shape, part }) =>
      context.tuning.add({
        key: productKey(gain ? 'mat_vec norm' : 'mat_vec', part),
        tokenCount: 1,
        variants: oneRowChoices(context, part.type),
        build(variant) {
          const spec = matVecKernel(part.type, { variant, tiling, ...(gain && { normEpsilon }) });
          const resources = [shape, part.storage, x, gain ?? x, out];
          return dispatch(context, spec, resources, (tokenCount) =>
            matVecWorkgroups(variant, part.rowCount, tokenCount),
          );
        },
      }),
    ),
  );
}

/** The work for more rows than one. */
export async function buildRows(
  context: StageContext,
  projection: Projection,
  input: ProjectionInput,
): Promise<Pick<ByRowCount, 'few' | 'many'>> {
  const { x, gain, out } = input;
  const parts = bindParts(context, projection, input);
  const tiling = chooseTiling(context.features.isFallback);
  const variant = rowsChoice(context);
  const norm = gain && { normEpsilon: context.config.rmsNormEps };
  const { packing, inputs } = await buildInputs(context, projection.parts, x, gain);
  const products = await Promise.all(
    parts.map(({ shape, part }) => {
      const spec = matVecRowsKernel(part.type, { variant, tiling, ...norm });
      return dispatch(context, spec, [shape, part.storage, ...inputs, out], (tokenCount) =>
        matVecRowsWorkgroups(variant, part.rowCount, tokenCount),
      );
    }),
  );
  const few = [...packing, ...products];
  if (!context.hasMatMul) return { few, many: few };
  // Tiles of a mat-mul are read by many workgroups, which would all normalise them.
  const rows = gain === undefined ? x : context.scratch.normed;
  const many = await Promise.all(
    parts.map(({ shape, part }) =>
      context.tuning.add({
        key: productKey('mat_mul', part),
        tokenCount: CHUNK_TOKENS_MAX,
        variants: manyRowsVariants(context.features, part.type, context.activations),
        build(variant) {
          const spec = matMulKernel(part.type, variant);
          return dispatch(context, spec, [shape, part.storage, rows, out], (tokenCount) =>
            matMulWorkgroups(variant, part.rowCount, tokenCount),
          );
        },
      }),
    ),
  );
  const normed = gain === undefined ? [] : [await buildNorm(context, x, gain)];
  return { few, many: [...normed, ...many] };
}

/** The kernels to choose from for one row; quads are the only ones that read textures. */
export function oneRowChoices(
  { hasQuads, features, activations }: StageContext,
  type: DeviceType,
): readonly [OneRowVariant, ...OneRowVariant[]] {
  return hasQuads ? ['quad'] : oneRowVariants(features, type, activations);
}

export function rowsChoice({ hasQuads }: StageContext): RowsVariant {
  return hasQuads ? 'quad' : 'staged';
}

/** Each part of the matrix with its uniform. */
function bindParts(
  { memory }: StageContext,
  { parts, outStride }: Projection,
  { accumulates }: ProjectionInput,
) {
  return parts.map((part) => {
    const shape = memory.uniform(shapeWords({ ...part, outStride, accumulates }));
    return { part, shape };
  });
}

/** What a product's speed depends on. */
export function productKey(kernel: string, { type, rowCount, columnCount }: MatrixPart): string {
  return `${kernel} ${type} ${rowCount}x${columnCount}`;
}

/**
 * What products of a few rows read: `x` and its gain, which they apply themselves, or where they are quads
 * a texture that both are packed into first.
 */
export async function buildInputs(
  context: StageContext,
  [part]: Projection['parts'],
  x: GPUBuffer,
  gain: GPUBuffer | undefined,
): Promise<{ readonly packing: readonly Dispatch[]; readonly inputs: readonly Bindable[] }> {
  const { packed } = context.scratch;
  if (packed === undefined || part === undefined) return { packing: [], inputs: [x, gain ?? x] };
  const spec = packInputsKernel(part.columnCount, gain && context.config.rmsNormEps);
  const packing = await dispatch(context, spec, [x, gain ?? x, packed], packInputsWorkgroups);
  return { packing: [packing], inputs: [packed] };
}

/** Normalises rows of `x` into the scratch buffer that batched products read. */
async function buildNorm(context: StageContext, x: GPUBuffer, gain: GPUBuffer): Promise<Dispatch> {
  const { hiddenSize, rmsNormEps } = context.config;
  const spec = rmsNormKernel(hiddenSize, rmsNormEps);
  return dispatch(context, spec, [x, gain, context.scratch.normed], rmsNormWorkgroups);
}

/** Compiles a kernel and binds what it uses, once. */
export async function dispatch(
  context: StageContext,
  spec: KernelSpec,
  resources: readonly Bindable[],
  workgroups: Dispatch['workgroups'],
): Promise<Dispatch> {
  const kernel = await context.kernels.get(spec);
  return { kernel, group: kernel.bind(context.scratch.params, resources), workgroups };
}
