import type { EmbeddingCard } from '@manyhands/model/embedding/card';
import type { EmbeddingManifest } from '@manyhands/model/embedding/embedding-manifest';
import { embeddingMemoryBytes } from '@manyhands/model/embedding/embedding-memory';
import type { PlacementSizes } from './placement-sizes.ts';

/** A model that a volunteer holds whole or not at all. */
export interface WholeModel {
  readonly kind: 'embedding';
  readonly modelRoot: string;
  readonly name: string;
  readonly card: EmbeddingCard;
  /** What a volunteer needs for it. */
  readonly memoryBytes: number;
}

/** A verified model of either kind, as announcements and placements are checked against it. */
export type ReadyModel = PlacementSizes | WholeModel;

export function wholeModel(
  modelRoot: string,
  name: string,
  manifest: EmbeddingManifest,
): WholeModel {
  const { card } = manifest;
  return {
    kind: 'embedding',
    modelRoot,
    name,
    card,
    memoryBytes: embeddingMemoryBytes(manifest),
  };
}
