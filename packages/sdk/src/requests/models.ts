import type { CatalogViewEntry } from '@manyhands/model/catalog';
import type { CatalogClient } from '@manyhands/peer/catalog-client';
import type { Model, Models } from '../../types/manyhands.d.ts';
import { failureOf, ManyhandsError } from '../error.ts';
import { CATALOG_AGE_MS } from '../limits.ts';

/** Models of the relay, and which of them a request means. */
export interface ModelDirectory extends Models {
  /** The root of a model that can be asked this way. Rejects with `ManyhandsError`. */
  find(model: string, kind: ModelKind, signal?: AbortSignal): Promise<string>;
}

type ModelKind = 'chat' | 'embedding';
type ReadyEntry = CatalogViewEntry & { readonly modelRoot: string };

export function createModelDirectory(
  catalog: Pick<CatalogClient, 'read'>,
  nowMs: () => number = () => performance.now(),
): ModelDirectory {
  let known:
    | { readonly entries: readonly CatalogViewEntry[]; readonly readAtMs: number }
    | undefined;

  const read = async (signal?: AbortSignal | null): Promise<readonly CatalogViewEntry[]> => {
    const { entries } = await catalog.read(signal ?? undefined);
    known = { entries, readAtMs: nowMs() };
    return entries;
  };
  const findIn = (entries: readonly CatalogViewEntry[], model: string) =>
    entries.find(({ id, modelRoot }) => id === model || modelRoot === model);
  const findEntry = async (model: string, signal?: AbortSignal | null): Promise<ReadyEntry> => {
    const isFresh = known !== undefined && nowMs() - known.readAtMs < CATALOG_AGE_MS;
    const recent = isFresh ? findIn(known?.entries ?? [], model) : undefined;
    const entry = recent?.status === 'ready' ? recent : findIn(await read(signal), model);
    if (entry === undefined) {
      const message = `This relay has no model called ${model}: models.list() says which it has.`;
      throw new ManyhandsError('model-not-found', message, { param: 'model' });
    }
    if (isReady(entry)) return entry;
    const message = `${entry.name} is not verified by this relay yet: choose another model.`;
    throw new ManyhandsError('model-not-ready', message, { param: 'model' });
  };

  return {
    async list(options = {}) {
      try {
        const entries = (await read(options.signal)).filter(isReady);
        return { object: 'list', data: entries.map(describe) };
      } catch (error) {
        throw failureOf(error, options.signal);
      }
    },
    async retrieve(model, options = {}) {
      try {
        return describe(await findEntry(model, options.signal));
      } catch (error) {
        throw failureOf(error, options.signal);
      }
    },
    async find(model, kind, signal) {
      const entry = await findEntry(model, signal);
      if (kindOf(entry) === kind) return entry.modelRoot;
      const does = kind === 'chat' ? 'turns texts into vectors' : 'answers messages';
      const message = `${entry.name} ${does}: choose another model.`;
      throw new ManyhandsError('wrong-model-kind', message, { param: 'model' });
    },
  };
}

function isReady(entry: CatalogViewEntry): entry is ReadyEntry {
  return entry.status === 'ready' && entry.modelRoot !== undefined;
}

function kindOf({ embedding }: CatalogViewEntry): ModelKind {
  return embedding === undefined ? 'chat' : 'embedding';
}

function describe(entry: ReadyEntry): Model {
  return {
    id: entry.id,
    object: 'model',
    created: 0,
    owned_by: 'manyhands',
    manyhands: {
      root: entry.modelRoot,
      name: entry.name,
      kind: kindOf(entry),
      context_length: entry.contextLength,
      size_bytes: entry.sizeBytes,
      licence: entry.licence,
    },
  };
}
