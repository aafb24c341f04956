import type { Architecture, ModelConfig } from '../config.ts';
import { ModelError } from '../error.ts';
import type { GgufMetadata } from './header.ts';
import { optionalCount, optionalFloat, optionalText } from './metadata.ts';

type Rope = Pick<ModelConfig, 'ropeTheta' | 'ropeDim' | 'ropeStyle' | 'ropeFrequencyScale'>;

/** How positions rotate queries and keys. */
export function readRope(
  metadata: GgufMetadata,
  architecture: Architecture,
  headDim: number,
): Rope {
  const ropeDim = optionalCount(metadata, `${architecture}.rope.dimension_count`) ?? headDim;
  if (ropeDim % 2 !== 0 || ropeDim > headDim) {
    throw new ModelError(
      'malformed',
      `rope.dimension_count ${ropeDim} must be even and at most the ${headDim} of a head`,
    );
  }
  const ropeTheta = optionalFloat(metadata, `${architecture}.rope.freq_base`) ?? THETA_DEFAULT;
  if (ropeTheta <= 0) {
    throw new ModelError('malformed', `rope.freq_base ${ropeTheta} must be positive`);
  }
  return {
    ropeTheta,
    ropeDim,
    // llama.cpp permutes a llama's query and key rows on conversion, hence the pairs.
    ropeStyle: architecture === 'llama' ? 'interleaved' : 'half',
    ropeFrequencyScale: readFrequencyScale(metadata, architecture),
  };
}

const THETA_DEFAULT = 10_000;

/** As llama.cpp: a factor without a type means linear, and a factor of zero means none. */
function readFrequencyScale(metadata: GgufMetadata, architecture: Architecture): number {
  const type = optionalText(metadata, `${architecture}.rope.scaling.type`) ?? 'linear';
  if (type === 'none') return 1;
  if (type !== 'linear') {
    throw new ModelError(
      'unsupported-feature',
      `rope scaling "${type.slice(0, 40)}" has no kernel; choose a model with none or linear`,
    );
  }
  const factor =
    optionalFloat(metadata, `${architecture}.rope.scaling.factor`) ??
    optionalFloat(metadata, `${architecture}.rope.scale_linear`) ??
    0;
  if (factor === 0) return 1;
  if (factor > 0) return 1 / factor;
  throw new ModelError('malformed', `rope.scaling.factor ${factor} must be positive`);
}
