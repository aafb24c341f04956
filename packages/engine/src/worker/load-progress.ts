import type { WeightProgress } from '@manyhands/model/store/meter';
import type { LoadProgress } from './engine-api.ts';

/** What a page hears of a load; before there is a store, nothing is counted. */
export function loadProgress(
  phase: LoadProgress['phase'],
  progress: WeightProgress | undefined,
): LoadProgress {
  const {
    loadedBytes = 0,
    totalBytes = 0,
    networkBytes = 0,
    bytesPerSecond = 0,
    repairedPieces = 0,
  } = progress ?? {};
  return { phase, loadedBytes, totalBytes, networkBytes, bytesPerSecond, repairedPieces };
}
