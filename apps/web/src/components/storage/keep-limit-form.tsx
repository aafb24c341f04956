import { useSignal } from '@preact/signals';
import { parseGigabytes, writeGigabytes } from '../../state/storage-view.ts';
import { t } from '../../strings/language.ts';
import { useSite } from '../site-context.ts';

/** A person's bound on what is kept of all models. */
export function KeepLimitForm({ keepBytesMax }: { readonly keepBytesMax: number | undefined }) {
  const { storage } = useSite();
  const text = useSignal(writeGigabytes(keepBytesMax));
  const isWrong = useSignal(false);
  const apply = (event: Event): void => {
    event.preventDefault();
    const bytes = parseGigabytes(text.value);
    isWrong.value = bytes === undefined;
    if (bytes !== undefined) void storage.setKeepBytesMax(bytes ?? undefined);
  };
  return (
    <section class="card storage-card" aria-labelledby="storage-limit">
      <h2 id="storage-limit">{t('storage.limit.title')}</h2>
      <form class="storage-limit" onSubmit={apply} noValidate>
        <label for="keep-limit">{t('storage.limit.label')}</label>
        <span class="storage-limit-field">
          <input
            id="keep-limit"
            type="text"
            inputMode="decimal"
            autocomplete="off"
            value={text.value}
            aria-invalid={isWrong.value}
            aria-describedby={
              isWrong.value ? 'keep-limit-error keep-limit-hint' : 'keep-limit-hint'
            }
            data-testid="keep-limit"
            onInput={(event) => {
              text.value = event.currentTarget.value;
              isWrong.value = false;
            }}
          />
          <button
            type="submit"
            class="button"
            disabled={storage.isBusy.value}
            data-testid="keep-limit-apply"
          >
            {t('storage.limit.apply')}
          </button>
        </span>
        {isWrong.value ? (
          <p id="keep-limit-error" class="tone-bad" role="alert">
            {t('storage.limit.invalid')}
          </p>
        ) : null}
        <p class="fine" id="keep-limit-hint">
          {t('storage.limit.hint')}
        </p>
      </form>
    </section>
  );
}
