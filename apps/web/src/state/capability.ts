import type { DirectoryEntry } from '@manyhands/protocol/directory';
import { t } from '../strings/language.ts';
import { formatBlocks, formatBytes, formatCount, formatMs, formatPeerId } from './format.ts';
import { SPEEDS_SHOWN_MAX } from './limits.ts';

/** One bar: a group of volunteers and its part of all. */
export interface CapabilityBar {
  readonly key: string;
  readonly name: string;
  readonly count: string;
  /** Of the longest bar, 0 to 1. */
  readonly length: number;
}

export interface CapabilityChart {
  readonly key: 'backend' | 'class' | 'memory' | 'device';
  readonly title: string;
  readonly bars: readonly CapabilityBar[];
}

/** How fast one volunteer says it is at one model. */
export interface SpeedBar {
  readonly key: string;
  /** `Pip, blocks 0–7`. */
  readonly what: string;
  readonly peer: string;
  readonly numericClass: string;
  readonly speed: string;
  /** Of the slowest that is shown, 0 to 1. */
  readonly length: number;
}

const GIGABYTE = 1e9;
const MEMORY_STEPS = [1, 2, 4, 8, 16] as const;

/** Volunteers by what they say they are. A tab that holds two models counts once. */
export function chartCapabilities(entries: readonly DirectoryEntry[]): readonly CapabilityChart[] {
  const chart = (
    key: CapabilityChart['key'],
    groupOf: (entry: DirectoryEntry) => string,
    nameOf: (group: string) => string,
  ): CapabilityChart => {
    const counts = new Map<string, number>();
    for (const entry of entries) {
      const group = groupOf(entry);
      counts.set(group, (counts.get(group) ?? 0) + 1);
    }
    const most = Math.max(1, ...counts.values());
    const bars = [...counts]
      .sort(([a, one], [b, other]) => other - one || a.localeCompare(b))
      .map(([group, count]) => ({
        key: group,
        name: nameOf(group),
        count: formatCount(count),
        length: count / most,
      }));
    return { key, title: t(`network.capability.titles.${key}`), bars };
  };
  return [
    chart('backend', ({ numericClass }) => backendOf(numericClass), nameBackend),
    chart('class', ({ numericClass }) => numericClass, String),
    chart('memory', ({ memoryBytes }) => String(memoryStepOf(memoryBytes)), nameMemory),
    chart('device', ({ deviceKind }) => deviceKind, nameDevice),
  ];
}

/** `webgpu-f32-kv16` and `onnx-wasm` both name what computes. */
function backendOf(numericClass: string): 'webgpu' | 'wasm' | 'other' {
  const parts = numericClass.split('-');
  if (parts.includes('webgpu')) return 'webgpu';
  return parts.includes('wasm') ? 'wasm' : 'other';
}

function nameBackend(backend: string): string {
  if (backend === 'webgpu') return t('network.capability.webgpu');
  return backend === 'wasm' ? t('network.capability.wasm') : t('network.capability.other');
}

function nameDevice(kind: string): string {
  if (kind === 'desktop') return t('network.capability.desktop');
  if (kind === 'phone') return t('network.capability.phone');
  return kind === 'tablet' ? t('network.capability.tablet') : t('network.capability.other');
}

/** The smallest step that it is below; beyond the last, that one's index and one. */
function memoryStepOf(bytes: number): number {
  const step = MEMORY_STEPS.findIndex((gigabytes) => bytes < gigabytes * GIGABYTE);
  return step === -1 ? MEMORY_STEPS.length : step;
}

function nameMemory(step: string): string {
  const size = (gigabytes = 0): string => formatBytes(gigabytes * GIGABYTE);
  const index = Number(step);
  if (index === 0) return t('network.capability.below', { size: size(MEMORY_STEPS[0]) });
  if (index === MEMORY_STEPS.length) {
    return t('network.capability.atLeast', { size: size(MEMORY_STEPS.at(-1)) });
  }
  const [from, to] = [size(MEMORY_STEPS[index - 1]), size(MEMORY_STEPS[index])];
  return t('network.capability.between', { from, to });
}

/** The fastest first, as their volunteers measured and signed it. */
export function listSpeeds(
  entries: readonly DirectoryEntry[],
  nameOf: (modelRoot: string) => string,
): readonly SpeedBar[] {
  const speeds = entries
    .flatMap((entry) =>
      entry.holdings.map((holding) => ({
        entry,
        holding,
        ms: holding.kind === 'blocks' ? holding.msPerBlock : holding.msPerText,
      })),
    )
    .sort((a, b) => a.ms - b.ms)
    .slice(0, SPEEDS_SHOWN_MAX);
  const slowest = Math.max(...speeds.map(({ ms }) => ms), Number.MIN_VALUE);
  return speeds.map(({ entry, holding, ms }) => {
    const model = nameOf(holding.modelRoot);
    const { peerId } = entry.identity;
    const isBlocks = holding.kind === 'blocks';
    return {
      key: `${peerId} ${holding.modelRoot}`,
      what: isBlocks
        ? t('network.capability.holds', {
            model,
            blocks: formatBlocks(holding.firstBlock, holding.endBlock),
          })
        : model,
      peer: formatPeerId(peerId),
      numericClass: entry.numericClass,
      speed: isBlocks
        ? t('network.capability.msPerBlock', { value: formatMs(ms) })
        : t('network.capability.msPerText', { value: formatMs(ms) }),
      length: ms / slowest,
    };
  });
}
