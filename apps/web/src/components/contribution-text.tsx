import { listSights, SIGHTS } from '../state/flow-view.ts';
import { t } from '../strings/language.ts';
import { useSite } from './site-context.ts';

export const TEXT_SECTION = 'others-text';

/** What a tab can see of what others write, and what this one can now. */
export function OtherPeoplesText() {
  const { contribution } = useSite();
  const sights = contribution.isActive.value ? listSights(contribution.state.value) : [];
  return (
    <section
      class="card card-quiet"
      id={TEXT_SECTION}
      tabIndex={-1}
      aria-labelledby="others-title"
      data-testid="others-text"
    >
      <h2 id="others-title">{t('contribute.text.title')}</h2>
      <p>{t('contribute.text.before')}</p>
      <ul class="sights">
        {SIGHTS.map((sight) => (
          <li key={sight} class={sights.includes(sight) ? 'sight-now' : ''} data-sight={sight}>
            {t(`contribute.text.${sight}`)}
            {sights.includes(sight) ? (
              <span class="pill pill-serving">{t('contribute.text.now')}</span>
            ) : null}
          </li>
        ))}
      </ul>
      <p>{t('contribute.text.told')}</p>
    </section>
  );
}
