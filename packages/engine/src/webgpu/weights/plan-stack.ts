import { type DeviceType, deviceType } from '@manyhands/model/quant/device-type';
import type { TensorInfo } from '@manyhands/model/tensor';
import type { MatrixShape } from './matrix.ts';
import { groupBytes, groupCount, paddedRows, ROWS_PER_GROUP } from './row-layout.ts';
import { textureGroupsMax } from './texture-layout.ts';

/** A run of rows of one tensor and where it goes. */
export interface StackPiece {
  readonly tensor: TensorInfo;
  readonly firstRow: number;
  readonly rowCount: number;
  /** The group of the part's buffer at which the rows start. */
  readonly firstGroup: number;
}

export interface StackPart extends MatrixShape {
  /** Where the part's row 0 goes in the output. */
  readonly outOffset: number;
  readonly groupCount: number;
  readonly pieces: readonly StackPiece[];
}

export interface StackPlan {
  readonly parts: readonly StackPart[];
  /** Where each tensor's row 0 goes in the output. */
  readonly outOffsets: readonly number[];
  /** Length of an output row: every tensor but the last is padded to whole groups. */
  readonly outStride: number;
}

/** What one part may hold. */
export interface PartLimits {
  readonly bindingBytesMax: number;
  /** Parts are textures, which have a largest side. */
  readonly inTextures: boolean;
}

/**
 * Stacks matrices that read the same input, so that one dispatch computes them: tensors of one type
 * share a buffer while it may be bound at once, larger ones are cut between row groups.
 */
export function planStack(tensors: readonly TensorInfo[], limits: PartLimits): StackPlan {
  const parts: Open[] = [];
  const outOffsets: number[] = [];
  let outRow = 0;
  for (const tensor of tensors) {
    outOffsets.push(outRow);
    for (const piece of cut(tensor, limits)) {
      const last = parts.at(-1);
      const part = last && fits(last, piece, limits) ? last : open(piece, outRow);
      if (part !== last) parts.push(part);
      part.pieces.push({ ...piece, firstGroup: part.groupCount });
      part.groupCount += groupCount(piece.rowCount);
      part.rowCount = outRow - part.outOffset + piece.rowCount;
      outRow += paddedRows(piece.rowCount);
    }
  }
  const lastPart = parts.at(-1);
  return { parts, outOffsets, outStride: lastPart ? lastPart.outOffset + lastPart.rowCount : 0 };
}

interface Cut {
  readonly tensor: TensorInfo;
  readonly type: DeviceType;
  readonly columnCount: number;
  readonly firstRow: number;
  readonly rowCount: number;
}

interface Open {
  readonly type: DeviceType;
  readonly columnCount: number;
  readonly outOffset: number;
  rowCount: number;
  groupCount: number;
  readonly pieces: StackPiece[];
}

/** The whole tensor, or runs of whole groups that fit into one part each. */
function cut(tensor: TensorInfo, limits: PartLimits): Cut[] {
  const type = deviceType(tensor.type);
  const columnCount = tensor.dims[0] as number;
  const rowCount = tensor.dims[1] ?? 1;
  const rowsMax = Math.max(1, groupsMax(type, columnCount, limits)) * ROWS_PER_GROUP;
  const cuts: Cut[] = [];
  for (let firstRow = 0; firstRow < rowCount; firstRow += rowsMax) {
    const count = Math.min(rowsMax, rowCount - firstRow);
    cuts.push({ tensor, type, columnCount, firstRow, rowCount: count });
  }
  return cuts;
}

function fits(part: Open, piece: Cut, limits: PartLimits): boolean {
  const groups = part.groupCount + groupCount(piece.rowCount);
  return (
    part.type === piece.type &&
    part.columnCount === piece.columnCount &&
    groups <= groupsMax(part.type, part.columnCount, limits)
  );
}

function groupsMax(type: DeviceType, columnCount: number, limits: PartLimits): number {
  const bound = Math.floor(limits.bindingBytesMax / groupBytes(type, columnCount));
  return limits.inTextures ? Math.min(bound, textureGroupsMax(type, columnCount)) : bound;
}

function open({ type, columnCount }: Cut, outOffset: number): Open {
  return { type, columnCount, outOffset, rowCount: 0, groupCount: 0, pieces: [] };
}
