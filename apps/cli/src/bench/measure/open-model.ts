import type { ReadTensor } from '@manyhands/engine/stage';
import type { ByteSource } from '@manyhands/model/byte-source';
import type { ModelConfig } from '@manyhands/model/config';
import type { GgufMetadata } from '@manyhands/model/gguf/header';
import { readConfig } from '@manyhands/model/gguf/read-config';
import { readGguf } from '@manyhands/model/gguf/read-gguf';
import type { TensorInfo } from '@manyhands/model/tensor';

/** A GGUF file as a stage reads it. Its bytes are ours, so nothing is verified. */
export interface BenchModel {
  readonly source: ByteSource;
  readonly config: ModelConfig;
  readonly metadata: GgufMetadata;
  readonly tensors: readonly TensorInfo[];
  readonly readTensor: ReadTensor;
}

/** What a stage is given at a time at most. */
const CHUNK_BYTES = 1024 * 1024;

export async function openBenchModel(source: ByteSource): Promise<BenchModel> {
  const header = await readGguf(source);
  const { tensors, metadata } = header;
  return {
    source,
    config: readConfig(header),
    metadata,
    tensors,
    readTensor: (tensor, signal) => readChunks(source, tensor, signal),
  };
}

async function* readChunks(
  source: ByteSource,
  tensor: TensorInfo,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const end = tensor.offset + tensor.byteLength;
  for (let at = tensor.offset; at < end; at += CHUNK_BYTES) {
    yield await source.read(at, Math.min(end, at + CHUNK_BYTES), signal);
  }
}
