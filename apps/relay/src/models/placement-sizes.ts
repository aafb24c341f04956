import type { Manifest, ManifestTensor } from '@manyhands/model/manifest';
import { tensorByteLength } from '@manyhands/model/quant/block-layout';
import { deviceType } from '@manyhands/model/quant/device-type';
import type { PlacementModel } from '@manyhands/planner/placement';
import { KV_POSITIONS_PLANNED } from '../limits.ts';

/** What holding parts of a model costs on a device. */
export interface PlacementSizes extends Omit<PlacementModel, 'supply' | 'demand'> {
  readonly kind: 'blocks';
}

/**
 * Sizes as the device holds them (types without a kernel become larger ones), each block with the
 * KV cache of one conversation in f32.
 */
export function placementSizes(
  modelRoot: string,
  name: string,
  { config, tensors }: Manifest,
): PlacementSizes {
  const positions = Math.min(config.contextLength, KV_POSITIONS_PLANNED);
  const kvBytes = 2 * 4 * config.kvHeadCount * config.headDim * positions;
  const blockBytes = new Array<number>(config.blockCount).fill(kvBytes);
  let embedBytes = 0;
  let headBytes = 0;
  for (const tensor of tensors) {
    const block = /^blk\.(\d+)\./.exec(tensor.name)?.[1];
    const bytes = deviceBytes(tensor);
    if (block !== undefined) blockBytes[Number(block)] = (blockBytes[Number(block)] ?? 0) + bytes;
    else if (tensor.name === 'token_embd.weight') embedBytes += bytes;
    else headBytes += bytes;
  }
  const { blockCount, hasTiedEmbedding: isHeadTied } = config;
  return {
    kind: 'blocks',
    modelRoot,
    name,
    blockCount,
    blockBytes,
    embedBytes,
    headBytes,
    isHeadTied,
  };
}

function deviceBytes(tensor: ManifestTensor): number {
  return tensorByteLength(deviceType(tensor.type), tensor.dims);
}
