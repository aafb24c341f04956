import type { LoadProgress } from '@manyhands/engine/worker/engine-api';

/** Says a line when a stage (or whatever `name` says) enters a phase and at every further tenth of its weights. */
export function createLoadMeter(say: (text: string) => void, name = 'stage') {
  const said = new Map<number, string>();
  return (stageIndex: number, progress: LoadProgress): void => {
    const { phase, loadedBytes, totalBytes } = progress;
    const tenths = totalBytes === 0 ? 0 : Math.floor((10 * loadedBytes) / totalBytes);
    const line =
      phase === 'weights' ? `${tenths * 10} % of ${megabytes(totalBytes)} MB of weights` : phase;
    if (said.get(stageIndex) === line) return;
    said.set(stageIndex, line);
    say(`${name} ${stageIndex + 1}: ${line}\n`);
  };
}

function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(1);
}
