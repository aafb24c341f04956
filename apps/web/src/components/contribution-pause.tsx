import { REST_HOUR_MS, REST_MORNING_HOUR } from '../state/limits.ts';
import { nextMorning } from '../state/local-day.ts';
import { t } from '../strings/language.ts';
import { useSite } from './site-context.ts';

/** Pauses by hand, and what ends such a pause. */
export function PauseControls() {
  const { guest } = useSite().contribution;
  if (guest.restUntilMs.value !== undefined) return null;
  return (
    <fieldset class="pauses" aria-describedby="pauses-hint">
      <legend>{t('guest.pause.legend')}</legend>
      <div class="pauses-row">
        <button
          type="button"
          class="button button-small"
          data-testid="pause-hour"
          onClick={() => guest.rest(Date.now() + REST_HOUR_MS)}
        >
          {t('guest.pause.hour')}
        </button>
        <button
          type="button"
          class="button button-small"
          data-testid="pause-tomorrow"
          onClick={() => guest.rest(nextMorning(Date.now(), REST_MORNING_HOUR))}
        >
          {t('guest.pause.tomorrow')}
        </button>
        <button
          type="button"
          class="button button-small"
          data-testid="pause-open"
          onClick={() => guest.rest(Number.POSITIVE_INFINITY)}
        >
          {t('guest.pause.open')}
        </button>
      </div>
      <p class="field-hint" id="pauses-hint">
        {t('guest.pause.hint')}
      </p>
    </fieldset>
  );
}

/** Beside the sentence that says why and until when. */
export function ResumeButton() {
  const { guest } = useSite().contribution;
  if (guest.restUntilMs.value === undefined) return null;
  return (
    <button
      type="button"
      class="button button-primary"
      data-testid="pause-resume"
      onClick={() => guest.rest(undefined)}
    >
      {t('guest.pause.resume')}
    </button>
  );
}
