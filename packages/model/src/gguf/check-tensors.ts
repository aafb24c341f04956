import type { ModelConfig } from '../config.ts';
import { ModelError } from '../error.ts';
import type { TensorInfo } from '../tensor.ts';
import { modelTensors } from './tensor-layout.ts';

/**
 * Proves that the file holds exactly the tensors of `config`, with their dimensions. One more tensor
 * would be part of the computation in a way no kernel knows, so it is `unsupported-feature`.
 */
export function checkTensors(config: ModelConfig, tensors: readonly TensorInfo[]): void {
  // Bounds the work below: a damaged block count would otherwise ask for billions of names.
  if (config.blockCount > tensors.length) {
    throw new ModelError(
      'missing-tensor',
      `${config.blockCount} blocks cannot be made of ${tensors.length} tensors; fetch the file again`,
    );
  }
  const expected = new Map(modelTensors(config).map((tensor) => [tensor.name, tensor.dims]));
  for (const tensor of tensors) {
    const dims = expected.get(tensor.name);
    if (dims === undefined) throw unexpected(config, tensor.name);
    if (!hasDims(tensor, dims)) {
      throw new ModelError(
        'malformed',
        `${tensor.name} is ${tensor.dims.join(' x ')} but the metadata makes it ` +
          `${dims.join(' x ')}; convert the model again`,
      );
    }
    if (dims.length === 1 && tensor.type !== 'F32') {
      throw new ModelError(
        'unsupported-tensor-type',
        `${tensor.name} is ${tensor.type}; norms, biases and factors must be F32`,
      );
    }
    expected.delete(tensor.name);
  }
  const [absent] = expected.keys();
  if (absent !== undefined) {
    throw new ModelError(
      'missing-tensor',
      `the file lacks ${absent}; it is one part of several or damaged: fetch a whole model`,
    );
  }
}

/** Writers may add dimensions of one. */
function hasDims(tensor: TensorInfo, dims: readonly number[]): boolean {
  const length = Math.max(tensor.dims.length, dims.length);
  for (let i = 0; i < length; i += 1) {
    if ((tensor.dims[i] ?? 1) !== (dims[i] ?? 1)) return false;
  }
  return true;
}

function unexpected(config: ModelConfig, name: string): ModelError {
  const block = /^blk\.(\d+)\./.exec(name)?.[1];
  if (block !== undefined && Number(block) >= config.blockCount) {
    return new ModelError(
      'malformed',
      `${name} lies outside the ${config.blockCount} blocks that the metadata states`,
    );
  }
  return new ModelError(
    'unsupported-feature',
    `a ${config.architecture} with the tensor ${name} needs operations this engine does not have; ` +
      'choose a plain dense model',
  );
}
