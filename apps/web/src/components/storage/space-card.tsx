import type { StorageFacts } from '../../state/storage.ts';
import { describePersistence, describeSpace } from '../../state/storage-view.ts';
import { t } from '../../strings/language.ts';
import { useSite } from '../site-context.ts';

/** How much the browser grants, and whether it promises to keep it. */
export function SpaceCard({ facts }: { readonly facts: StorageFacts }) {
  const { storage } = useSite();
  const { space, isPersisted } = facts;
  return (
    <section class="card storage-card" aria-labelledby="storage-space">
      <h2 id="storage-space">{t('storage.space.title')}</h2>
      {space === undefined ? (
        <p>{t('storage.space.unknown')}</p>
      ) : (
        <>
          <progress
            class="storage-bar"
            max={space.quotaBytes}
            value={space.usedBytes}
            aria-label={t('storage.space.bar')}
          />
          <p data-testid="storage-space">{describeSpace(space)}</p>
        </>
      )}
      <p>{describePersistence(isPersisted)}</p>
      {isPersisted === false ? (
        <button
          type="button"
          class="button button-small"
          disabled={storage.isBusy.value}
          data-testid="storage-persist"
          onClick={() => void storage.persist()}
        >
          {t('storage.space.persist')}
        </button>
      ) : null}
    </section>
  );
}
