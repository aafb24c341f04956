import type { CatalogViewEntry } from '@manyhands/model/catalog';
import type { VolunteerState } from '@manyhands/peer/volunteer/volunteer-state';
import {
  formatBlocks,
  formatByteRate,
  formatBytes,
  formatCount,
  formatDuration,
  formatPlural,
  formatTokenRate,
} from './format.ts';
import { describePause } from './guest-view.ts';

export interface DownloadView {
  readonly label: string;
  /** 0 to 1; undefined while the total is unknown. */
  readonly fraction: number | undefined;
  readonly amount: string;
  /** Rate, time left and what came from the cache. */
  readonly detail: string;
}

/** What the volunteer is doing, in a sentence. */
export function describePhase(state: VolunteerState, nowMs: number): string {
  switch (state.phase) {
    case 'idle':
      return 'This tab gives nothing yet.';
    case 'probing':
      return 'Looking at what this device can compute with.';
    case 'choosing':
      return 'Asking the relay which blocks are needed most.';
    case 'loading':
      return describeLoading(state);
    case 'serving':
      return state.sessionCount > 0
        ? 'Computing for people right now.'
        : 'Ready. Work arrives when somebody asks this model.';
    case 'draining':
      return `${describePauseOf(state, nowMs)} ${formatPlural(state.sessionCount, 'running answer')} may end first.`;
    case 'paused':
      return describePauseOf(state, nowMs);
    case 'recovering':
      return `${state.setback?.message ?? 'Something failed.'} Loading again from this browser’s cache.`;
    case 'stopping':
      return state.sessionCount > 0
        ? `Taking nothing new; ${formatPlural(state.sessionCount, 'running answer')} may end, for at most ten seconds.`
        : 'Saying goodbye and freeing the memory.';
    case 'stopped':
      return 'Stopped. The memory is free and this tab has left the directory.';
    case 'failed':
      return 'It did not work.';
    default:
      return state.phase satisfies never;
  }
}

function describePauseOf({ pause }: VolunteerState, nowMs: number): string {
  return pause === undefined ? 'Paused.' : describePause(pause, nowMs);
}

function describeLoading(state: VolunteerState): string {
  const phase = state.progress?.phase ?? 'manifest';
  switch (phase) {
    case 'manifest':
      return 'Reading what the model consists of.';
    case 'weights':
      return 'Loading blocks and checking every piece against its hash.';
    case 'choose':
      return 'Finding out whether the GPU or the processor is faster.';
    case 'test':
      return 'Checking that this device computes right numbers.';
    case 'compile':
      return state.job === 'embedding'
        ? 'Fetching the program that runs it, and measuring what is faster.'
        : 'Preparing the blocks.';
    case 'measure':
    case 'ready':
      return 'Measuring how fast this tab is.';
    default:
      return phase satisfies never;
  }
}

/** The state in a word or two, for the indicator on every page. */
export function describeShort(phase: VolunteerState['phase'], tokensServed: number): string {
  switch (phase) {
    case 'serving':
    case 'draining':
      return formatPlural(tokensServed, 'token');
    case 'paused':
    case 'stopping':
    case 'recovering':
      return phase;
    default:
      return 'starting';
  }
}

/** The download while it runs. */
export function describeDownload(state: VolunteerState): DownloadView | undefined {
  const { progress } = state;
  if (state.phase !== 'loading' || progress === undefined) return undefined;
  const { loadedBytes, totalBytes, networkBytes, bytesPerSecond, repairedPieces } = progress;
  const hasTotal = totalBytes > 0;
  const leftMs =
    bytesPerSecond > 0 ? ((totalBytes - loadedBytes) / bytesPerSecond) * 1_000 : undefined;
  const cachedBytes = Math.max(0, loadedBytes - networkBytes);
  const details = [
    bytesPerSecond > 0 && loadedBytes < totalBytes ? formatByteRate(bytesPerSecond) : '',
    leftMs !== undefined && loadedBytes < totalBytes ? `${formatDuration(leftMs)} left` : '',
    cachedBytes > 0 ? `${formatBytes(cachedBytes)} from this browser's cache` : '',
    repairedPieces > 0 ? `${formatCount(repairedPieces)} damaged pieces fetched again` : '',
  ];
  return {
    label: describeLoading(state),
    fraction: hasTotal ? Math.min(1, loadedBytes / totalBytes) : undefined,
    amount: hasTotal
      ? `${formatBytes(loadedBytes)} of ${formatBytes(totalBytes)}`
      : formatBytes(loadedBytes),
    detail: details.filter((part) => part !== '').join(' · '),
  };
}

/** `blocks 0–3 of 8, with the embedding`; `the whole model, for embeddings`. */
export function describeRange(state: VolunteerState): string | undefined {
  const { range, blockCount } = state;
  if (state.job === 'embedding') return 'the whole model, for embeddings';
  if (range === undefined) return undefined;
  const blocks =
    blockCount !== undefined && range.firstBlock === 0 && range.endBlock === blockCount
      ? `all ${blockCount} blocks`
      : `${formatBlocks(range.firstBlock, range.endBlock)}${blockCount === undefined ? '' : ` of ${blockCount}`}`;
  const extras = [...(range.embeds ? ['embedding'] : []), ...(range.heads ? ['head'] : [])];
  return extras.length === 0 ? blocks : `${blocks}, with ${extras.join(' and ')}`;
}

/** One figure of the live panel. */
export interface Figure {
  readonly name: string;
  readonly value: string;
  readonly raw?: number;
  readonly testId?: string;
}

export function listFigures(state: VolunteerState): readonly Figure[] {
  const speed = state.tokensPerSecond;
  const isWhole = state.job === 'embedding';
  const textsServed = state.textsServed ?? 0;
  return [
    {
      name: 'Tokens served',
      value: formatCount(state.tokensServed),
      raw: state.tokensServed,
      testId: 'tokens-served',
    },
    isWhole
      ? {
          name: 'Texts embedded',
          value: formatCount(textsServed),
          raw: textsServed,
          testId: 'texts-served',
        }
      : { name: 'Speed', value: speed === undefined ? '–' : formatTokenRate(speed) },
    { name: isWhole ? 'Requests' : 'Sessions', value: formatCount(state.sessionCount) },
    { name: 'Connected tabs', value: formatCount(state.linkCount) },
    {
      name: isWhole ? 'Model' : 'Memory',
      value: formatBytes(state.weightBytes + state.kvBytes),
    },
    { name: 'Sent', value: formatBytes(state.bytesSent) },
  ];
}

/** `Computed by the processor (WASM), 8 ms a short text. The faster of both by measurement.` */
export function describeProvider({ provider: choice }: VolunteerState): string | undefined {
  if (choice === undefined) return undefined;
  const { provider, msPerText, reason } = choice;
  const names = { webgpu: 'the GPU (WebGPU)', wasm: 'the processor (WASM)' };
  const ms = msPerText[provider];
  const speed = ms === undefined ? '' : `, ${formatDuration(ms)} a short text`;
  return `Computed by ${names[provider]}${speed}. ${reason}`;
}

/** `GPU: NVIDIA, ampere, 1.2 ms a block and token`, and why this and not the other. */
export function describeDevice(state: VolunteerState): string | undefined {
  const { adapter, backend, backendReason } = state;
  if (backend === undefined) return undefined;
  const speed =
    state.msPerBlock === undefined ? '' : `, ${formatDuration(state.msPerBlock)} a block and token`;
  const gpu =
    adapter?.description || [adapter?.vendor, adapter?.architecture].filter(Boolean).join(', ');
  const name = backend === 'wasm' ? 'Processor' : `GPU: ${gpu || 'unnamed'}`;
  const isSoftware = backend === 'webgpu' && adapter?.isFallback === true;
  return `${name}${isSoftware ? ' (software)' : ''}${speed}. ${backendReason ?? ''}`.trim();
}

/** `Loaded again 2 times. The graphics device was lost. Holding 4 instead of 8 blocks.` */
export function describeRecoveries({ recoveries, setback }: VolunteerState): string | undefined {
  if (recoveries === 0) return undefined;
  return `Loaded again ${formatPlural(recoveries, 'time')}. ${setback?.message ?? ''}`.trim();
}

export function nameOfModel(
  entries: readonly CatalogViewEntry[],
  modelRoot: string | undefined,
): string | undefined {
  if (modelRoot === undefined) return undefined;
  return (
    entries.find((entry) => entry.modelRoot === modelRoot)?.name ?? `Model ${modelRoot.slice(0, 8)}`
  );
}
