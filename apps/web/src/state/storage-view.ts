import type { CatalogViewEntry } from '@manyhands/model/catalog';
import type { CachedModel } from '@manyhands/model/store/piece-cache';
import { t } from '../strings/language.ts';
import { formatBytes, formatCount, formatMoment } from './format.ts';
import type { CollectionFacts, StorageFacts, StorageOutcome } from './storage.ts';
import type { SpaceEstimate } from './storage-device.ts';

/** One model as the Storage page lists it. */
export interface KeptModelView {
  readonly modelRoot: string;
  readonly name: string;
  /** `5.1 MB of 7.5 MB`. */
  readonly size: string;
  readonly lastUsed: string;
  /** Who uses it now; empty when nobody does. */
  readonly use: string;
  readonly isInUse: boolean;
  /** What is wrong with it; empty when nothing is. */
  readonly problem: string;
}

const MODEL_ROOT = /^[0-9a-f]{64}$/;

/** `usedHere`: the roots that this tab has loaded or is loading. */
export function listKeptModels(
  models: readonly CachedModel[],
  entries: readonly CatalogViewEntry[],
  usedHere: ReadonlySet<string>,
): readonly KeptModelView[] {
  return models.map((model) => {
    const { modelRoot, bytes, lastUsedAtMs } = model;
    const entry = entries.find((each) => each.modelRoot === modelRoot);
    const isHere = usedHere.has(modelRoot);
    const isInUse = isHere || model.openCount > 0;
    const isPart = entry !== undefined && bytes < entry.sizeBytes;
    return {
      modelRoot,
      name: entry?.name ?? t('storage.models.unlisted', { root: modelRoot.slice(0, 8) }),
      size: isPart
        ? t('storage.models.part', { bytes: formatBytes(bytes), all: formatBytes(entry.sizeBytes) })
        : formatBytes(bytes),
      lastUsed:
        lastUsedAtMs === 0
          ? t('storage.models.neverUsed')
          : t('storage.models.lastUsed', { time: formatMoment(lastUsedAtMs) }),
      use: describeUse(isHere, model.openCount),
      isInUse,
      problem: isInUse ? '' : describeProblem(model),
    };
  });
}

function describeUse(isHere: boolean, openCount: number): string {
  if (isHere) return t(openCount > 1 ? 'storage.models.usedBoth' : 'storage.models.usedHere');
  return openCount > 0 ? t('storage.models.usedElsewhere') : '';
}

function describeProblem({ modelRoot, hasManifest }: CachedModel): string {
  if (!MODEL_ROOT.test(modelRoot)) return t('storage.models.stray');
  return hasManifest ? '' : t('storage.models.broken');
}

/** What a person read as the sum above the list. */
export function describeModelsTotal(facts: StorageFacts): string {
  const { models = [] } = facts;
  const bytes = models.reduce((sum, model) => sum + model.bytes, 0);
  if (models.length === 0) return t('storage.models.none');
  const count = formatCount(models.length);
  return t('storage.models.total', {
    count: models.length,
    number: count,
    bytes: formatBytes(bytes),
  });
}

export function describeSpace({ usedBytes, quotaBytes }: SpaceEstimate): string {
  return t('storage.space.used', {
    used: formatBytes(usedBytes),
    quota: formatBytes(quotaBytes),
  });
}

export function describePersistence(isPersisted: boolean | undefined): string {
  if (isPersisted === undefined) return t('storage.space.persistUnknown');
  return t(isPersisted ? 'storage.space.persisted' : 'storage.space.notPersisted');
}

export function describeCollection({ name, facts }: CollectionFacts): string {
  if (facts === undefined) return t('storage.kept.unreadable');
  if (facts.count === 0) return t('storage.kept.absent');
  const values = {
    count: facts.count,
    number: formatCount(facts.count),
    bytes: formatBytes(facts.bytes),
  };
  return name === 'conversations'
    ? t('storage.kept.conversationsAmount', values)
    : t('storage.kept.historyAmount', values);
}

/** What else is kept, each in words; the erased-with-everything parts that nothing else lists. */
export interface OtherKeptView {
  readonly key: 'settings' | 'identity' | 'circles' | 'kernels' | 'pages';
  readonly amount: string;
}

const TUNING_CACHE = 'manyhands-tuning';

export function listOtherKept(facts: StorageFacts, circleCount: number): readonly OtherKeptView[] {
  const { databases, caches, settingsBytes } = facts;
  const presence = (isThere: boolean | undefined): string => {
    if (isThere === undefined) return t('storage.kept.unknown');
    return t(isThere ? 'storage.kept.there' : 'storage.kept.absent');
  };
  return [
    {
      key: 'settings',
      amount: settingsBytes === 0 ? presence(false) : formatBytes(settingsBytes),
    },
    { key: 'identity', amount: presence(databases?.includes('manyhands-identity')) },
    {
      key: 'circles',
      amount:
        circleCount === 0
          ? presence(false)
          : t('storage.kept.circlesAmount', {
              count: circleCount,
              number: formatCount(circleCount),
            }),
    },
    { key: 'kernels', amount: presence(caches.includes(TUNING_CACHE)) },
    { key: 'pages', amount: presence(caches.some((name) => name !== TUNING_CACHE)) },
  ];
}

export function describeOutcome(
  outcome: StorageOutcome | undefined,
  nameOf: (modelRoot: string) => string,
): string {
  if (outcome === undefined) return '';
  switch (outcome.kind) {
    case 'model-deleted':
      return t('storage.outcome.modelDeleted', { name: nameOf(outcome.modelRoot) });
    case 'model-in-use':
      return t('storage.outcome.modelInUse', { name: nameOf(outcome.modelRoot) });
    case 'limit-kept':
      return t('storage.outcome.limitKept');
    case 'limit-refused':
      return t('storage.outcome.limitRefused');
    case 'persisted':
      return t('storage.outcome.persisted');
    case 'persist-refused':
      return t('storage.outcome.persistRefused');
    case 'collection-deleted':
      return t(`storage.outcome.deleted.${outcome.name}`);
    case 'collection-failed':
      return t(`storage.outcome.failed.${outcome.name}`);
    default:
      return outcome satisfies never;
  }
}

/** Gigabytes as a person types them; nothing for an empty field, `undefined` where it is no number. */
export function parseGigabytes(text: string): number | null | undefined {
  if (text.trim() === '') return null;
  const gigabytes = Number(text.trim().replace(',', '.'));
  if (!Number.isFinite(gigabytes) || gigabytes <= 0 || gigabytes > GIGABYTES_MAX) return undefined;
  return Math.round(gigabytes * 1e9);
}

/** What the field shows for a bound that is set. */
export function writeGigabytes(bytes: number | undefined): string {
  return bytes === undefined ? '' : String(bytes / 1e9);
}

/** What the field takes; disks of browsers are smaller. */
const GIGABYTES_MAX = 100_000;
