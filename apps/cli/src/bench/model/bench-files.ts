import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { openFileSource } from '@manyhands/relay/models/file-source';
import { type BenchModel, openBenchModel } from '../measure/open-model.ts';
import { buildDecoder } from '../onnx/decoder-graph.ts';
import type { ReadWhole } from '../onnx/decoder-weights.ts';
import { writeOnnxModel } from '../onnx/onnx-model.ts';
import { type SyntheticModel, writeSyntheticModel } from './synthetic-model.ts';

/** Raised when what is written changes, so that files of an earlier benchmark are not used. */
const VERSION = 1;

/** Files that were written once stay: the same options give the same bytes. */
export interface BenchFiles {
  synthetic(model: SyntheticModel): Promise<string>;
  /** The weights of a GGUF file for onnxruntime. */
  onnx(ggufFile: string, options: OnnxFileOptions): Promise<string>;
}

export interface OnnxFileOptions {
  readonly heads: boolean;
  readonly floats: 'f32' | 'f16';
  readonly accuracyLevel: number;
  readonly positionsMax: number;
}

export function createBenchFiles(directory: string): BenchFiles {
  return {
    async synthetic(model) {
      const { shape, type, blockCount, seed } = model;
      const name = `${shape.name}-${type}-${blockCount}-${seed}-v${VERSION}.gguf`;
      return await keep(join(directory, name.toLowerCase()), () => writeSyntheticModel(model));
    },
    async onnx(ggufFile, options) {
      const { heads, floats, accuracyLevel, positionsMax } = options;
      const part = heads ? 'whole' : 'blocks';
      const { size, mtimeMs } = await stat(ggufFile);
      const name = `${basename(ggufFile, '.gguf')}-${size}-${Math.floor(mtimeMs)}`;
      const file = `${name}-${part}-${floats}-a${accuracyLevel}-${positionsMax}-v${VERSION}.onnx`;
      return await keep(join(directory, file.toLowerCase()), () => convert(ggufFile, options));
    },
  };
}

async function convert(ggufFile: string, options: OnnxFileOptions): Promise<readonly Uint8Array[]> {
  const source = await openFileSource(ggufFile);
  try {
    const model = await openBenchModel(source);
    const { config } = model;
    const graph = await buildDecoder({ ...options, config, read: readerOf(model) });
    return writeOnnxModel(graph).chunks;
  } finally {
    await source.close();
  }
}

function readerOf({ source, tensors }: BenchModel): ReadWhole {
  return async (name) => {
    const info = tensors.find((tensor) => tensor.name === name);
    if (info === undefined) throw new Error(`the model has no tensor ${name}`);
    return { info, bytes: await source.read(info.offset, info.offset + info.byteLength) };
  };
}

/** Written aside and moved into place: an interrupted run leaves no half of a file. */
async function keep(
  file: string,
  chunks: () => Iterable<Uint8Array> | Promise<Iterable<Uint8Array>>,
): Promise<string> {
  if (await stat(file).catch(() => undefined)) return file;
  await mkdir(dirname(file), { recursive: true });
  const aside = `${file}.${process.pid}`;
  try {
    await pipeline(Readable.from(await chunks()), createWriteStream(aside));
    await rename(aside, file);
  } finally {
    await rm(aside, { force: true });
  }
  return file;
}
