import type { CatalogViewEntry } from '@manyhands/model/catalog';
import type { VolunteerState } from '@manyhands/peer/volunteer/volunteer-state';
import { t } from '../strings/language.ts';
import {
  formatBlocks,
  formatByteRate,
  formatBytes,
  formatCount,
  formatDuration,
  formatStepTime,
  formatTokenRate,
} from './format.ts';
import { describePause } from './guest-view.ts';
import { describeBackendReason, describeRecoveryReason } from './reason-view.ts';
import { rateNow } from './serving-rate.ts';

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
  const { phase, sessionCount: count } = state;
  switch (phase) {
    case 'loading':
      return describeLoading(state);
    case 'serving':
      return count > 0 ? t('contribute.sentences.computing') : t('contribute.sentences.ready');
    case 'draining': {
      const pause = describePauseOf(state, nowMs);
      return t('contribute.sentences.draining', { count, pause });
    }
    case 'paused':
      return describePauseOf(state, nowMs);
    case 'recovering': {
      const setback =
        state.setback === undefined
          ? t('contribute.sentences.setback')
          : describeRecoveryReason(state.setback);
      return t('contribute.sentences.recovering', { setback });
    }
    case 'stopping':
      return count > 0
        ? t('contribute.sentences.leaving', { count })
        : t('contribute.sentences.goodbye');
    case 'idle':
    case 'probing':
    case 'choosing':
    case 'stopped':
    case 'failed':
      return t(`contribute.sentences.${phase}`);
    default:
      return phase satisfies never;
  }
}

function describePauseOf({ pause }: VolunteerState, nowMs: number): string {
  return pause === undefined ? t('guest.pause.plain') : describePause(pause, nowMs);
}

function describeLoading(state: VolunteerState): string {
  const phase = state.progress?.phase ?? 'manifest';
  switch (phase) {
    case 'manifest':
    case 'weights':
    case 'choose':
    case 'test':
      return t(`contribute.loading.${phase}`);
    case 'compile':
      return state.job === 'embedding'
        ? t('contribute.loading.program')
        : t('contribute.loading.compile');
    case 'measure':
    case 'ready':
      return t('contribute.loading.measure');
    default:
      return phase satisfies never;
  }
}

/** The state in a word or two, for the indicator on every page. */
export function describeShort(phase: VolunteerState['phase'], tokensServed: number): string {
  switch (phase) {
    case 'serving':
    case 'draining': {
      const written = formatCount(tokensServed);
      return t('contribute.badge.tokens', { count: tokensServed, written });
    }
    case 'paused':
    case 'stopping':
    case 'recovering':
      return t(`contribute.phases.${phase}`);
    default:
      return t('contribute.badge.starting');
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
    leftMs !== undefined && loadedBytes < totalBytes
      ? t('contribute.loading.left', { time: formatDuration(leftMs) })
      : '',
    cachedBytes > 0 ? t('contribute.loading.cached', { bytes: formatBytes(cachedBytes) }) : '',
    repairedPieces > 0
      ? t('contribute.loading.repaired', {
          count: repairedPieces,
          written: formatCount(repairedPieces),
        })
      : '',
  ];
  return {
    label: describeLoading(state),
    fraction: hasTotal ? Math.min(1, loadedBytes / totalBytes) : undefined,
    amount: hasTotal
      ? t('contribute.loading.amount', {
          loaded: formatBytes(loadedBytes),
          total: formatBytes(totalBytes),
        })
      : '',
    detail: details.filter((part) => part !== '').join(' · '),
  };
}

/** `blocks 0–3 of 8, with embedding`; `the whole model, for embeddings`. */
export function describeRange(state: VolunteerState): string | undefined {
  const { range } = state;
  if (state.job === 'embedding') return t('contribute.holding.wholeEmbedding');
  if (range === undefined) return undefined;
  const blocks = describeBlocks(range, state.blockCount);
  if (range.embeds && range.heads) return t('contribute.holding.withBoth', { blocks });
  if (range.embeds) return t('contribute.holding.withEmbedding', { blocks });
  return range.heads ? t('contribute.holding.withHead', { blocks }) : blocks;
}

function describeBlocks(
  { firstBlock, endBlock }: { readonly firstBlock: number; readonly endBlock: number },
  count: number | undefined,
): string {
  const blocks = formatBlocks(firstBlock, endBlock);
  if (count === undefined) return blocks;
  return firstBlock === 0 && endBlock === count
    ? t('contribute.holding.all', { count })
    : t('contribute.holding.some', { blocks, count });
}

/** One figure of the live panel. */
export interface Figure {
  readonly name: string;
  readonly value: string;
  readonly raw?: number;
  readonly testId?: string;
}

/** What the tab did since it was started. */
export function listFigures(
  state: VolunteerState,
  samples: readonly number[] = [],
): readonly Figure[] {
  const { tokensServed, answersHelped = 0, textsServed = 0, busyMs = 0 } = state;
  const isWhole = state.job === 'embedding';
  const now = rateNow(samples);
  const counted = (name: string, raw: number, testId: string): Figure => ({
    name,
    value: formatCount(raw),
    raw,
    testId,
  });
  const plain = (name: string, value: string): Figure => ({ name, value });
  return [
    counted(t('contribute.figures.tokens'), tokensServed, 'tokens-served'),
    counted(t('contribute.figures.answers'), answersHelped, 'answers-helped'),
    isWhole
      ? counted(t('contribute.figures.texts'), textsServed, 'texts-served')
      : plain(t('contribute.figures.speedNow'), now === undefined ? '–' : formatTokenRate(now)),
    plain(t('contribute.figures.time'), formatDuration(busyMs)),
    plain(
      isWhole ? t('contribute.figures.requests') : t('contribute.figures.sessions'),
      formatCount(state.sessionCount),
    ),
    plain(t('contribute.figures.tabs'), formatCount(state.linkCount)),
    plain(
      isWhole ? t('contribute.figures.model') : t('contribute.figures.memory'),
      formatBytes(state.weightBytes + state.kvBytes),
    ),
    plain(t('contribute.figures.sent'), formatBytes(state.bytesSent)),
    plain(t('contribute.figures.received'), formatBytes(state.bytesReceived)),
  ];
}

/** `Computed by the processor (WASM), 8 ms a short text. The faster of both by measurement.` */
export function describeProvider({ provider: choice }: VolunteerState): string | undefined {
  if (choice === undefined) return undefined;
  const { provider, msPerText } = choice;
  const reason = describeBackendReason(choice.reason, provider);
  const ms = msPerText[provider];
  const name = provider === 'webgpu' ? 'byGpu' : 'byProcessor';
  return ms === undefined
    ? t(`contribute.device.${name}`, { reason })
    : t(`contribute.device.${name}At`, { reason, time: formatStepTime(ms) });
}

/** `GPU: NVIDIA, ampere, 1.2 ms a block and token`, and why this and not the other. */
export function describeDevice(state: VolunteerState): string | undefined {
  const { adapter, backend, backendReason, msPerBlock, threadCount = 1 } = state;
  if (backend === undefined) return undefined;
  const reason = backendReason === undefined ? '' : describeBackendReason(backendReason, backend);
  const name =
    adapter?.description ||
    [adapter?.vendor, adapter?.architecture].filter(Boolean).join(', ') ||
    t('contribute.device.unnamed');
  const gpu = adapter?.isFallback === true ? 'software' : 'gpu';
  const device =
    backend === 'wasm'
      ? t('contribute.device.processor', { count: threadCount })
      : t(`contribute.device.${gpu}`, { name });
  const text =
    msPerBlock === undefined
      ? t('contribute.device.plain', { device, reason })
      : t('contribute.device.speed', { device, reason, time: formatStepTime(msPerBlock) });
  return text.trim();
}

/** `Loaded again 2 times. The graphics device was lost. Holding 4 instead of 8 blocks.` */
export function describeRecoveries({ recoveries, setback }: VolunteerState): string | undefined {
  if (recoveries === 0) return undefined;
  const reason = setback === undefined ? '' : describeRecoveryReason(setback);
  return t('contribute.device.again', { count: recoveries, reason }).trim();
}

export function nameOfModel(
  entries: readonly CatalogViewEntry[],
  modelRoot: string | undefined,
): string | undefined {
  if (modelRoot === undefined) return undefined;
  return (
    entries.find((entry) => entry.modelRoot === modelRoot)?.name ??
    t('contribute.holding.unknownModel', { root: modelRoot.slice(0, 8) })
  );
}
