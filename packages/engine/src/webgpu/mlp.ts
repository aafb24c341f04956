import {
  gateUpKernel,
  gateUpRowsKernel,
  gateUpRowsWorkgroups,
  gateUpWorkgroups,
} from './kernels/gate-up/gate-up.ts';
import { chooseTiling, shapeWords } from './kernels/product-shape.ts';
import { swigluKernel, swigluWorkgroups } from './kernels/swiglu/swiglu.ts';
import {
  buildInputs,
  buildOneRow,
  buildProjection,
  buildRows,
  dispatch,
  oneRowChoices,
  productKey,
  rowsChoice,
} from './projection.ts';
import type { ByRowCount, StageContext } from './stage-context.ts';
import type { Stack } from './weights/load-weights.ts';

export interface MlpWeights {
  readonly gain: GPUBuffer;
  readonly gateUp: Stack;
  readonly down: Stack;
}

/** The second half of a block: norm, gate and up, SwiGLU, down and residual. */
export async function buildMlp(context: StageContext, weights: MlpWeights): Promise<ByRowCount> {
  const { scratch, config } = context;
  const { gain, gateUp, down } = weights;
  const [, upOffset = 0] = gateUp.outOffsets;
  const shape = { rowCount: config.ffnSize, upOffset, inStride: gateUp.outStride };
  const swiglu = await dispatch(
    context,
    swigluKernel(shape),
    [scratch.gateUp, scratch.activated],
    (tokenCount) => swigluWorkgroups(config.ffnSize, tokenCount),
  );
  const input = { x: scratch.hidden, gain, out: scratch.gateUp, accumulates: false };
  // What is fused needs gate and up apart only for mat-muls.
  const needsRows = context.hasMatMul || !isFusable(gateUp);
  const [fused, rows, downProduct] = await Promise.all([
    buildFused(context, gateUp, gain),
    needsRows ? buildRows(context, gateUp, input) : undefined,
    buildProjection(context, down, {
      x: scratch.activated,
      out: scratch.hidden,
      accumulates: true,
    }),
  ]);
  const one = fused?.one ?? [...(await buildOneRow(context, gateUp, input)), swiglu];
  const few = fused?.few ?? [...(rows?.few ?? []), swiglu];
  const many = rows && context.hasMatMul ? [...rows.many, swiglu] : few;
  return {
    one: [...one, ...downProduct.one],
    few: [...few, ...downProduct.few],
    many: [...many, ...downProduct.many],
  };
}

/** Whether both matrices share a type and a buffer. */
function isFusable({ parts }: Stack): boolean {
  return parts.length === 1;
}

/** Gate, up and SwiGLU in one launch, where that can be. */
async function buildFused(context: StageContext, gateUp: Stack, gain: GPUBuffer) {
  const { config, scratch } = context;
  const [part] = gateUp.parts;
  if (part === undefined || !isFusable(gateUp)) return undefined;
  const rowCount = config.ffnSize;
  const tiling = chooseTiling(context.features.isFallback);
  const gate = { ...part, rowCount, outStride: rowCount, accumulates: false };
  const shape = context.memory.uniform(shapeWords(gate));
  const { hidden, activated } = scratch;
  const normEpsilon = config.rmsNormEps;
  const one = await context.tuning.add({
    key: productKey('gate_up', part),
    tokenCount: 1,
    variants: oneRowChoices(context, part.type),
    build(variant) {
      const spec = gateUpKernel(part.type, { variant, tiling, normEpsilon });
      const resources = [shape, part.storage, hidden, gain, activated];
      return dispatch(context, spec, resources, (count) => gateUpWorkgroups(rowCount, count));
    },
  });
  const variant = rowsChoice(context);
  const spec = gateUpRowsKernel(part.type, { variant, tiling, normEpsilon });
  const { packing, inputs } = await buildInputs(context, gateUp.parts, hidden, gain);
  const few = await dispatch(context, spec, [shape, part.storage, ...inputs, activated], (count) =>
    gateUpRowsWorkgroups(variant, rowCount, count),
  );
  return { one: [one], few: [...packing, few] };
}
