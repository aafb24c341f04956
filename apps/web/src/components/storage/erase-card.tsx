import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { t } from '../../strings/language.ts';
import { useSite } from '../site-context.ts';

/** Deletes all of it, after a second press. */
export function EraseCard() {
  const { storage } = useSite();
  const isAsking = useSignal(false);
  const question = useRef<HTMLFieldSetElement>(null);
  useEffect(() => {
    if (isAsking.value) question.current?.focus();
  }, [isAsking.value]);
  return (
    <section class="card storage-card storage-erase" aria-labelledby="storage-erase">
      <h2 id="storage-erase">{t('storage.erase.title')}</h2>
      <p>{t('storage.erase.text')}</p>
      <p class="fine">{t('storage.erase.limits')}</p>
      <p role="status" class="storage-said">
        {storage.isErasing.value ? t('storage.erase.stopping') : ''}
      </p>
      {storage.isErasing.value ? null : isAsking.value ? (
        <fieldset
          ref={question}
          class="confirm"
          tabIndex={-1}
          aria-label={t('storage.erase.question')}
        >
          <p>
            <strong>{t('storage.erase.question')}</strong> {t('storage.erase.questionText')}
          </p>
          <button
            type="button"
            class="button button-danger"
            data-testid="erase-confirm"
            onClick={() => void storage.eraseEverything()}
          >
            {t('storage.erase.confirm')}
          </button>
          <button
            type="button"
            class="button"
            onClick={() => {
              isAsking.value = false;
            }}
          >
            {t('storage.keep')}
          </button>
        </fieldset>
      ) : (
        <button
          type="button"
          class="button button-danger"
          data-testid="erase-everything"
          onClick={() => {
            isAsking.value = true;
          }}
        >
          {t('storage.erase.button')}
        </button>
      )}
    </section>
  );
}
