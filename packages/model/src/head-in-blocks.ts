import type { Manifest } from './manifest.ts';
import { tensorByteLength } from './quant/block-layout.ts';
import { deviceType } from './quant/device-type.ts';

/**
 * What the head costs a token, in blocks: one token reads every weight once, so by what a device holds of
 * each. The embedding costs a row.
 */
export function headInBlocks({ config, tensors }: Pick<Manifest, 'config' | 'tensors'>): number {
  const matrix = config.hasTiedEmbedding ? 'token_embd.weight' : 'output.weight';
  let headBytes = 0;
  let blocksBytes = 0;
  for (const { name, type, dims } of tensors) {
    const bytes = tensorByteLength(deviceType(type), dims);
    if (name === matrix) headBytes += bytes;
    else if (name.startsWith('blk.')) blocksBytes += bytes;
  }
  return (headBytes * config.blockCount) / blocksBytes;
}
