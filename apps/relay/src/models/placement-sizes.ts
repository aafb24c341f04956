import { deviceSizes } from '@manyhands/model/device-sizes';
import type { Manifest } from '@manyhands/model/manifest';
import type { PlacementModel } from '@manyhands/planner/placement';

/** What holding parts of a model costs on a device. */
export interface PlacementSizes extends Omit<PlacementModel, 'supply' | 'demand'> {
  readonly kind: 'blocks';
}

export function placementSizes(
  modelRoot: string,
  name: string,
  manifest: Manifest,
): PlacementSizes {
  return { kind: 'blocks', modelRoot, name, ...deviceSizes(manifest) };
}
