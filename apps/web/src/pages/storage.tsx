import { useEffect } from 'preact/hooks';
import { useSite } from '../components/site-context.ts';
import { EraseCard } from '../components/storage/erase-card.tsx';
import { KeepLimitForm } from '../components/storage/keep-limit-form.tsx';
import { KeptList } from '../components/storage/kept-list.tsx';
import { KeptModels } from '../components/storage/kept-models.tsx';
import { SpaceCard } from '../components/storage/space-card.tsx';
import { describeOutcome, listKeptModels } from '../state/storage-view.ts';
import { t } from '../strings/language.ts';

/** What this browser keeps for the site, and how to be rid of it. */
export function StoragePage() {
  const { storage } = useSite();
  const facts = storage.facts.value;
  const { usedHere } = storage;
  useEffect(() => {
    const look = (): void => {
      if (document.visibilityState === 'visible') void storage.refresh();
    };
    // Another tab may have changed it meanwhile.
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, [storage]);
  useEffect(() => void storage.refresh(), [storage, [...usedHere.value].join()]);
  return (
    <>
      <header class="page-head">
        <h1>{t('storage.title')}</h1>
        <p class="lead">{t('storage.lead')}</p>
      </header>
      <Outcome />
      {facts === undefined ? (
        <p role="status">{t('storage.looking')}</p>
      ) : (
        <div class="storage-cards" data-testid="storage-facts">
          <KeptModels facts={facts} />
          {facts.models === undefined ? null : <KeepLimitForm keepBytesMax={facts.keepBytesMax} />}
          <SpaceCard facts={facts} />
          <KeptList facts={facts} />
        </div>
      )}
      <EraseCard />
    </>
  );
}

function Outcome() {
  const { storage, catalog } = useSite();
  const nameOf = (modelRoot: string): string => {
    const one = { modelRoot, bytes: 0, lastUsedAtMs: 0, openCount: 0, hasManifest: true };
    return listKeptModels([one], catalog.entries.value, new Set())[0]?.name ?? '';
  };
  return (
    <p class="storage-said" role="status" data-testid="storage-outcome">
      {describeOutcome(storage.outcome.value, nameOf)}
    </p>
  );
}
