import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelConfig } from '@manyhands/model/config';
import type { TensorInfo } from '@manyhands/model/tensor';
import { openFileSource } from '@manyhands/relay/models/file-source';
import { CliError } from '../../error.ts';
import { openBenchModel } from '../measure/open-model.ts';
import type { BenchFiles } from '../model/bench-files.ts';
import type { CasePlan, ModelPlan } from './plan-cases.ts';
import { type BenchPrompt, createPrompt } from './prompt.ts';

/** A model file of a case and what there is to compute in it. */
export interface CaseModel {
  readonly name: string;
  readonly type: string;
  readonly file: string;
  readonly config: ModelConfig;
  readonly prompt: BenchPrompt;
  readonly wholeBlockCount: number;
  /** Weights that a decode step reads. */
  readonly decodeBytes: number;
  /** Multiply-adds of a row in all blocks, and of a row of the head. */
  readonly blockProducts: number;
  readonly headProducts: number;
}

const SEED = 1;
/** The longest prefill. */
const PROMPT_TOKENS = 512;

/** Writes or finds the model file of a case. Throws `not-found`. */
export async function openCaseModel(
  { model, blockCount }: CasePlan,
  files: BenchFiles,
  repositoryRoot: string,
): Promise<CaseModel> {
  const file = await fileOf(model, blockCount, files, repositoryRoot);
  const source = await openFileSource(file);
  try {
    const { config, tensors, metadata } = await openBenchModel(source);
    const isSynthetic = model.kind === 'synthetic';
    return {
      name: isSynthetic ? model.shape.name : model.name,
      type: isSynthetic ? model.type : mainType(tensors),
      file,
      config,
      prompt: createPrompt(metadata, PROMPT_TOKENS),
      wholeBlockCount: isSynthetic ? model.shape.blockCount : config.blockCount,
      ...workOf(config, tensors),
    };
  } finally {
    await source.close();
  }
}

async function fileOf(
  model: ModelPlan,
  blockCount: number | undefined,
  files: BenchFiles,
  repositoryRoot: string,
): Promise<string> {
  if (model.kind === 'synthetic') {
    const { shape, type } = model;
    return files.synthetic({ shape, type, blockCount: blockCount ?? shape.blockCount, seed: SEED });
  }
  const path = join(repositoryRoot, model.file);
  if (await stat(path).catch(() => undefined)) return path;
  throw new CliError('not-found', `${model.name} is not there: ${path}. Leave it out of --shapes.`);
}

/** The type of most weights. */
function mainType(tensors: readonly TensorInfo[]): string {
  const bytes = new Map<string, number>();
  for (const { type, byteLength } of tensors) bytes.set(type, (bytes.get(type) ?? 0) + byteLength);
  return [...bytes].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 'none';
}

function workOf(config: ModelConfig, tensors: readonly TensorInfo[]) {
  const isHead = ({ name }: TensorInfo) =>
    name === (config.hasTiedEmbedding ? 'token_embd.weight' : 'output.weight');
  const isRead = (tensor: TensorInfo) => tensor.name !== 'token_embd.weight' || isHead(tensor);
  const products = (of: readonly TensorInfo[]) =>
    of.reduce((sum, { dims: [rowLength = 0, rowCount = 0] }) => sum + rowLength * rowCount, 0);
  return {
    decodeBytes: tensors.filter(isRead).reduce((sum, { byteLength }) => sum + byteLength, 0),
    blockProducts: products(tensors.filter(({ name }) => name.startsWith('blk.'))),
    headProducts: products(tensors.filter(isHead)),
  };
}
