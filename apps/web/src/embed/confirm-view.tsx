import { useSignal } from '@preact/signals';
import { BrandMark } from '../components/icon.tsx';
import { Rich } from '../components/rich.tsx';
import { t } from '../strings/language.ts';
import type { ConfirmQuestion } from './confirm-window.ts';
import { hostOf, listConsentPoints } from './consent-text.ts';

/** The window that asks once more, where nothing can lie over the question. */
export function ConfirmView({ question }: { readonly question: ConfirmQuestion }) {
  const isRemembered = useSignal(false);
  const site = hostOf(question.site);
  const { limits, storage } = question.terms;
  return (
    <main class="embed-main embed-confirm">
      <p class="brand">
        <BrandMark /> <span>Manyhands</span>
      </p>
      <h1>{t('embed.confirm.title', { site })}</h1>
      <p>
        <Rich
          text={t('embed.confirm.about', { site })}
          parts={{ site: (words) => <strong>{words}</strong> }}
        />
      </p>
      <dl class="embed-points">
        {listConsentPoints(limits, storage).map(({ name, text }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      <label class="embed-remember">
        <input
          type="checkbox"
          checked={isRemembered.value}
          onChange={(event) => {
            isRemembered.value = event.currentTarget.checked;
          }}
        />
        <span>{t('embed.confirm.remember', { site })}</span>
      </label>
      <div class="notice-actions">
        <button
          type="button"
          class="button button-primary"
          data-testid="confirm-yes"
          onClick={() => question.answer(true, isRemembered.value)}
        >
          {t('embed.consent.yes')}
        </button>
        <button
          type="button"
          class="button"
          data-testid="confirm-no"
          onClick={() => question.answer(false, false)}
        >
          {t('embed.consent.no')}
        </button>
      </div>
    </main>
  );
}
