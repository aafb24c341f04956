import type { Manifest, ManifestTensor } from './manifest.ts';
import { tensorByteLength } from './quant/block-layout.ts';
import { deviceType } from './quant/device-type.ts';

/** What holding parts of a model costs on a device, each block with its KV cache. */
export interface DeviceSizes {
  readonly blockCount: number;
  readonly blockBytes: readonly number[];
  readonly embedBytes: number;
  /** Final norm and head matrix. With a tied head: the bytes beyond the embedding. */
  readonly headBytes: number;
  readonly isHeadTied: boolean;
}

/** KV rows a newcomer should have room for: one conversation. */
const KV_POSITIONS_PLANNED = 2_048;

/**
 * Sizes as the device holds them (types without a kernel become larger ones), each block with the
 * KV cache of one conversation in f32.
 */
export function deviceSizes({ config, tensors }: Manifest): DeviceSizes {
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
  return { blockCount, blockBytes, embedBytes, headBytes, isHeadTied };
}

function deviceBytes(tensor: ManifestTensor): number {
  return tensorByteLength(deviceType(tensor.type), tensor.dims);
}
