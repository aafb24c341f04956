import type { StoredCircle } from '@manyhands/swarm/circle-store';
import { useSignal } from '@preact/signals';
import { LIFETIME_MS_DEFAULT, LIFETIMES } from '../../state/circle-view.ts';
import { t } from '../../strings/language.ts';
import { useSite } from '../site-context.ts';

/** A new circle; or a new secret for one, with which nothing of the old one works any more. */
export function CreateCircle({ replaces }: { readonly replaces: StoredCircle | undefined }) {
  const { circleDialog } = useSite();
  const name = useSignal(replaces?.name ?? '');
  const lifetimeMs = useSignal(LIFETIME_MS_DEFAULT);
  const isRotation = replaces !== undefined;
  return (
    <form
      class="circle-form"
      onSubmit={(event) => {
        event.preventDefault();
        void circleDialog.create(name.value, lifetimeMs.value);
      }}
    >
      <h2 id="circle-dialog-title">
        {t(isRotation ? 'circles.create.titleLink' : 'circles.create.title')}
      </h2>
      <p class="fine">{t(isRotation ? 'circles.create.introLink' : 'circles.create.intro')}</p>
      <label class="field">
        <span class="field-label">{t('circles.create.name')}</span>
        <input
          data-first=""
          data-testid="circle-name"
          autocomplete="off"
          maxLength={40}
          required
          value={name.value}
          onInput={(event) => {
            name.value = event.currentTarget.value;
          }}
        />
        <span class="field-hint">{t('circles.create.nameHint')}</span>
      </label>
      <label class="field">
        <span class="field-label">{t('circles.create.lasts')}</span>
        <select
          data-testid="circle-lifetime"
          value={String(lifetimeMs.value)}
          onChange={(event) => {
            lifetimeMs.value = Number(event.currentTarget.value);
          }}
        >
          {LIFETIMES.map((each) => (
            <option key={each.name} value={String(each.lifetimeMs)}>
              {t(`circles.create.lifetimes.${each.name}`)}
            </option>
          ))}
        </select>
        <span class="field-hint">{t('circles.create.lastsHint')}</span>
      </label>
      <div class="circle-actions">
        <button
          type="submit"
          class="button button-primary"
          data-testid="circle-create"
          disabled={name.value.trim() === ''}
        >
          {t(isRotation ? 'circles.create.makeLink' : 'circles.create.make')}
        </button>
        <button type="button" class="button" onClick={() => circleDialog.show({ kind: 'list' })}>
          {t('circles.back')}
        </button>
      </div>
    </form>
  );
}
