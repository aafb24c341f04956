import type { ModelConfig } from './config.ts';
import { ModelError } from './error.ts';
import { checkTensors } from './gguf/check-tensors.ts';
import type { Manifest } from './manifest.ts';
import { PIECE_BYTES } from './manifest-limits.ts';
import { tensorByteLength } from './quant/block-layout.ts';

/** Everything a schema cannot say: throws `ModelError` with what does not fit. */
export function checkManifest(manifest: Manifest): void {
  const { header, tensors } = manifest;
  checkPieces('the header', header.byteLength, header.pieces);
  checkRanges(manifest);
  for (const tensor of tensors) {
    checkPieces(tensor.name, tensor.byteLength, tensor.pieces);
    if (tensor.byteLength !== tensorByteLength(tensor.type, tensor.dims)) {
      throw malformed(`${tensor.name} has a byte length that its type and dimensions do not give`);
    }
  }
  checkConfig(manifest.config);
  checkTensors(manifest.config, tensors);
}

function checkPieces(what: string, byteLength: number, pieces: readonly string[]): void {
  if (pieces.length !== Math.ceil(byteLength / PIECE_BYTES)) {
    throw malformed(`${what} has ${pieces.length} pieces for ${byteLength} bytes`);
  }
}

/** Header, then tensors in file order, none touching another, all inside the file. */
function checkRanges({ header, tensors, fileBytes }: Manifest): void {
  let end = header.byteLength;
  for (const tensor of tensors) {
    if (tensor.offset < end) {
      throw malformed(`${tensor.name} overlaps what lies before it or is out of file order`);
    }
    end = tensor.offset + tensor.byteLength;
  }
  if (end > fileBytes) throw malformed(`the tensors end at ${end}, after the file (${fileBytes})`);
}

function checkConfig(config: ModelConfig): void {
  const { headCount, kvHeadCount, headDim, ropeDim } = config;
  if (headCount % kvHeadCount !== 0) {
    throw malformed(`${headCount} query heads do not divide among ${kvHeadCount} key/value heads`);
  }
  if (ropeDim % 2 !== 0 || ropeDim > headDim) {
    throw malformed(`${ropeDim} of ${headDim} dimensions of a head cannot rotate`);
  }
}

function malformed(message: string): ModelError {
  return new ModelError('malformed', message);
}
