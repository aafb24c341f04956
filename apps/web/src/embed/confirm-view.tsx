import { useSignal } from '@preact/signals';
import { BrandMark } from '../components/icon.tsx';
import type { ConfirmQuestion } from './confirm-window.ts';
import { hostOf, listConsentPoints } from './consent-text.ts';
import { FRAME_SETTINGS } from './frame-settings.ts';

/** The window that asks once more, where nothing can lie over the question. */
export function ConfirmView({ question }: { readonly question: ConfirmQuestion }) {
  const isRemembered = useSignal(false);
  const site = hostOf(question.site);
  return (
    <main class="embed-main embed-confirm">
      <p class="brand">
        <BrandMark /> <span>Manyhands</span>
      </p>
      <h1>Contribute while you are on {site}?</h1>
      <p>
        You pressed “Yes, contribute” in a frame on <strong>{site}</strong>. This browser cannot
        tell whether you saw what you agreed to, so it is asked here once more. The limits are those
        of the frame; these are the usual ones.
      </p>
      <dl class="embed-points">
        {listConsentPoints(FRAME_SETTINGS, 'partitioned').map(({ name, text }) => (
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
        <span>On later visits to {site}, begin by itself once the frame is in view</span>
      </label>
      <div class="notice-actions">
        <button
          type="button"
          class="button button-primary"
          data-testid="confirm-yes"
          onClick={() => question.answer(true, isRemembered.value)}
        >
          Yes, contribute
        </button>
        <button
          type="button"
          class="button"
          data-testid="confirm-no"
          onClick={() => question.answer(false, false)}
        >
          No
        </button>
      </div>
    </main>
  );
}
