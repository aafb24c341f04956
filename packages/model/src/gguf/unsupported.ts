import type { Architecture } from '../config.ts';
import { ModelError } from '../error.ts';
import type { GgufMetadata } from './header.ts';

/** Refuses metadata that changes the computation in ways no kernel implements. */
export function refuseUnsupported(metadata: GgufMetadata, architecture: Architecture): void {
  for (const [name, neutral] of NEUTRAL_VALUES) {
    const key = `${architecture}.${name}`;
    const value = metadata.get(key);
    if (value === undefined || neutral.some((same) => same === value)) continue;
    throw new ModelError(
      'unsupported-feature',
      `${key} = ${String(value).slice(0, 40)} needs operations this engine does not have; ` +
        'choose a plain dense model',
    );
  }
  const splitCount = metadata.get('split.count');
  if (typeof splitCount === 'number' && splitCount > 1) {
    throw new ModelError(
      'unsupported-feature',
      `the model is split over ${splitCount} files; merge them with llama-gguf-split first`,
    );
  }
}

/** Keys and the values that leave a plain decoder as it is. */
const NEUTRAL_VALUES: readonly (readonly [string, readonly (number | boolean)[]])[] = [
  ['expert_count', [0]],
  ['expert_used_count', [0]],
  ['attention.causal', [true]],
  ['attention.scale', [0]],
  ['attention.clamp_kqv', [0]],
  ['attention.max_alibi_bias', [0]],
  ['attn_logit_softcapping', [0]],
  ['final_logit_softcapping', [0]],
  ['logit_scale', [0, 1]],
  ['embedding_scale', [0, 1]],
  ['residual_scale', [0, 1]],
  ['rope.scaling.attn_factor', [0, 1]],
  ['use_parallel_residual', [false]],
];
