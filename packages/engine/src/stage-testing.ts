import type { ByteSource } from '@manyhands/model/byte-source';
import type { ModelConfig } from '@manyhands/model/config';
import { readConfig } from '@manyhands/model/gguf/read-config';
import { readGguf } from '@manyhands/model/gguf/read-gguf';
import { memorySource } from '@manyhands/model/memory-source';
import { stageTensors } from '@manyhands/model/stage-tensors';
import type { TensorInfo } from '@manyhands/model/tensor';
import { loadReferenceModel, type ReferenceModel } from './reference/forward.ts';
import type { ReadTensor, StageRange, StageSpec } from './stage.ts';

/** A GGUF file in memory, read as a stage reads it but not verified: for tests. */
export interface TestModel {
  readonly config: ModelConfig;
  readonly tensors: readonly TensorInfo[];
  readonly readTensor: ReadTensor;
  readonly whole: StageRange;
  spec(range: StageRange): StageSpec;
  reference(): Promise<ReferenceModel>;
}

/** Chunks of a length that no row divides, so that rows are cut. */
const CHUNK_BYTES = 10_007;

export async function openTestModel(bytes: Uint8Array<ArrayBuffer>): Promise<TestModel> {
  const source = memorySource(bytes);
  const header = await readGguf(source);
  const config = readConfig(header);
  const { tensors } = header;
  const readTensor: ReadTensor = (tensor) => readChunks(source, tensor);
  return {
    config,
    tensors,
    readTensor,
    whole: { firstBlock: 0, endBlock: config.blockCount, embeds: true, heads: true },
    spec: (range) => ({ ...range, config, tensors: stageTensors(config, tensors, range) }),
    reference: () => loadReferenceModel(config, tensors, readTensor),
  };
}

async function* readChunks(
  source: ByteSource,
  tensor: TensorInfo,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const end = tensor.offset + tensor.byteLength;
  for (let at = tensor.offset; at < end; at += CHUNK_BYTES) {
    yield await source.read(at, Math.min(end, at + CHUNK_BYTES));
  }
}
