import type { CachedModel } from '@manyhands/model/store/piece-cache';
import type { StorageFacts } from '../../state/storage.ts';
import {
  describeModelsTotal,
  type KeptModelView,
  listKeptModels,
} from '../../state/storage-view.ts';
import { t } from '../../strings/language.ts';
import { Notice } from '../notice.tsx';
import { useSite } from '../site-context.ts';
import { ConfirmButton } from './confirm-button.tsx';

/** The models whose pieces are kept, with what each takes and who uses it. */
export function KeptModels({ facts }: { readonly facts: StorageFacts }) {
  const { models } = facts;
  return (
    <section class="card storage-card storage-wide" aria-labelledby="storage-models">
      <h2 id="storage-models">{t('storage.models.title')}</h2>
      {models === undefined ? (
        <Notice tone="warning" title={t('storage.models.title')}>
          <p>{t('storage.models.blocked')}</p>
        </Notice>
      ) : (
        <>
          <p data-testid="storage-total">{describeModelsTotal(facts)}</p>
          <ModelList models={models} />
          <p class="fine">{t('storage.models.note')}</p>
        </>
      )}
    </section>
  );
}

function ModelList({ models }: { readonly models: readonly CachedModel[] }) {
  const { catalog, storage } = useSite();
  if (models.length === 0) return null;
  const views = listKeptModels(models, catalog.entries.value, storage.usedHere.value);
  return (
    <ul class="storage-list" aria-label={t('storage.models.list')}>
      {views.map((view) => (
        <ModelRow key={view.modelRoot} view={view} />
      ))}
    </ul>
  );
}

function ModelRow({ view }: { readonly view: KeptModelView }) {
  const { storage } = useSite();
  return (
    <li class="storage-row" data-testid="kept-model" data-model-root={view.modelRoot}>
      <div class="storage-what">
        <h3>{view.name}</h3>
        <p class="fine">
          {view.size}, {view.lastUsed}
        </p>
        {view.problem === '' ? null : <p class="tone-bad">{view.problem}</p>}
        {view.use === '' ? null : <p class="storage-use">{view.use}</p>}
      </div>
      {view.isInUse ? null : (
        <ConfirmButton
          label={t('storage.models.delete')}
          name={t('storage.models.deleteNamed', { name: view.name })}
          question={t('storage.models.confirm', { name: view.name })}
          isDisabled={storage.isBusy.value}
          testId="delete-model"
          onConfirm={() => void storage.deleteModel(view.modelRoot)}
        />
      )}
    </li>
  );
}
