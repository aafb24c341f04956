import { ARCHITECTURES, type Architecture, type ModelConfig } from '../config.ts';
import { ModelError } from '../error.ts';
import { checkTensors } from './check-tensors.ts';
import type { GgufHeader } from './header.ts';
import {
  optionalCount,
  optionalTexts,
  optionalUniformCount,
  requireCount,
  requireFloat,
  requireText,
  requireUniformCount,
} from './metadata.ts';
import { readRope } from './read-rope.ts';
import { refuseUnsupported } from './unsupported.ts';

/**
 * The dimensions of a model, from its metadata, proven against its tensor index: a config that is
 * returned can be run without further checks.
 */
export function readConfig(header: GgufHeader): ModelConfig {
  const { metadata, tensors } = header;
  const architecture = readArchitecture(header);
  refuseUnsupported(metadata, architecture);
  const key = (name: string) => `${architecture}.${name}`;
  const has = (name: string) => tensors.some((tensor) => tensor.name === name);
  const heads = readHeads(header, architecture);
  const config: ModelConfig = {
    architecture,
    blockCount: requireCount(metadata, key('block_count')),
    ...heads,
    ffnSize: requireUniformCount(metadata, key('feed_forward_length')),
    vocabSize: readVocabSize(header),
    contextLength: requireCount(metadata, key('context_length')),
    rmsNormEps: readEps(header, architecture),
    ...readRope(metadata, architecture, heads.headDim),
    hasRopeFactors: has('rope_freqs.weight'),
    // Llama files may carry biases too; which tensors each block then has is checked below.
    hasQkvBias: architecture === 'qwen2' || has('blk.0.attn_q.bias'),
    hasQkNorm: architecture === 'qwen3',
    hasTiedEmbedding: !has('output.weight'),
  };
  checkTensors(config, tensors);
  return config;
}

function readArchitecture(header: GgufHeader): Architecture {
  const name = requireText(header.metadata, 'general.architecture');
  const architecture = ARCHITECTURES.find((known) => known === name);
  if (architecture !== undefined) return architecture;
  throw new ModelError(
    'unsupported-architecture',
    `no kernels run "${name.slice(0, 40)}"; choose a model of ${ARCHITECTURES.join(', ')}`,
  );
}

function readHeads(header: GgufHeader, architecture: Architecture) {
  const { metadata } = header;
  const key = (name: string) => `${architecture}.${name}`;
  const hiddenSize = requireCount(metadata, key('embedding_length'));
  const headCount = requireUniformCount(metadata, key('attention.head_count'));
  const kvHeadCount = optionalUniformCount(metadata, key('attention.head_count_kv')) ?? headCount;
  if (headCount % kvHeadCount !== 0) {
    throw new ModelError(
      'malformed',
      `${headCount} query heads cannot share ${kvHeadCount} key/value heads evenly`,
    );
  }
  const headDim = optionalCount(metadata, key('attention.key_length')) ?? hiddenSize / headCount;
  const valueDim = optionalCount(metadata, key('attention.value_length')) ?? headDim;
  if (!Number.isInteger(headDim)) {
    throw new ModelError('malformed', `${headCount} heads do not divide ${hiddenSize} evenly`);
  }
  if (valueDim !== headDim) {
    throw new ModelError(
      'unsupported-feature',
      `values of ${valueDim} next to keys of ${headDim} a head have no kernel; choose another model`,
    );
  }
  return { hiddenSize, headCount, kvHeadCount, headDim };
}

/** The rows of the embedding; every token of the tokenizer must have one, and every row a token. */
function readVocabSize(header: GgufHeader): number {
  const embedding = header.tensors.find((tensor) => tensor.name === 'token_embd.weight');
  if (embedding === undefined) {
    throw new ModelError(
      'missing-tensor',
      'the file has no token_embd.weight: fetch a whole model',
    );
  }
  const vocabSize = embedding.dims[1] ?? 1;
  const tokens = optionalTexts(header.metadata, 'tokenizer.ggml.tokens');
  if (tokens !== undefined && tokens.length !== vocabSize) {
    throw new ModelError(
      'malformed',
      `${tokens.length} tokens do not match ${vocabSize} rows of token_embd.weight`,
    );
  }
  return vocabSize;
}

function readEps(header: GgufHeader, architecture: Architecture): number {
  const key = `${architecture}.attention.layer_norm_rms_epsilon`;
  const eps = requireFloat(header.metadata, key);
  if (eps >= 0 && eps < 1) return eps;
  throw new ModelError('malformed', `${key} is ${eps}, not a small positive number`);
}
