import type { CollectionFacts, StorageFacts } from '../../state/storage.ts';
import { describeCollection, listOtherKept } from '../../state/storage-view.ts';
import { t } from '../../strings/language.ts';
import { useSite } from '../site-context.ts';
import { ConfirmButton } from './confirm-button.tsx';

/** Everything besides models, each in words. */
export function KeptList({ facts }: { readonly facts: StorageFacts }) {
  const { circles } = useSite();
  return (
    <section class="card storage-card storage-wide" aria-labelledby="storage-kept">
      <h2 id="storage-kept">{t('storage.kept.title')}</h2>
      <ul class="storage-list">
        {facts.collections.map((collection) => (
          <CollectionRow key={collection.name} collection={collection} />
        ))}
        {listOtherKept(facts, circles.list.value.length).map(({ key, amount }) => (
          <li key={key} class="storage-row" data-testid="kept-other" data-kept={key}>
            <div class="storage-what">
              <h3>{t(`storage.kept.${key}.title`)}</h3>
              <p class="fine">{t(`storage.kept.${key}.text`)}</p>
            </div>
            <p class="storage-amount">{amount}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}

function CollectionRow({ collection }: { readonly collection: CollectionFacts }) {
  const { storage } = useSite();
  const { name, facts } = collection;
  return (
    <li class="storage-row" data-testid="kept-collection" data-kept={name}>
      <div class="storage-what">
        <h3>{t(`storage.kept.${name}.title`)}</h3>
        <p class="fine">{t(`storage.kept.${name}.text`)}</p>
      </div>
      <p class="storage-amount">{describeCollection(collection)}</p>
      {facts?.count === 0 ? null : (
        <ConfirmButton
          label={t('storage.models.delete')}
          name={t(`storage.kept.${name}.delete`)}
          question={t(`storage.kept.${name}.confirm`)}
          isDisabled={storage.isBusy.value}
          testId={`delete-${name}`}
          onConfirm={() => void storage.deleteCollection(name)}
        />
      )}
    </li>
  );
}
