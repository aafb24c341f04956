import type { StoredCircle } from '@manyhands/swarm/circle-store';
import { useSignal } from '@preact/signals';
import { LIFETIME_MS_DEFAULT, LIFETIMES } from '../../state/circle-view.ts';
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
      <h2 id="circle-dialog-title">{isRotation ? 'Make a new link' : 'Make a circle'}</h2>
      <p class="fine">
        {isRotation
          ? 'This makes a new secret. Here the old link ends at once; members who are to stay need the new one. Those you do not give it to remain among themselves in the old circle.'
          : 'A circle is a room for people you know. Its members’ devices run the model for each other and for nobody else. Whoever has the link is a member, so send it only to them.'}
      </p>
      <label class="field">
        <span class="field-label">Name</span>
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
        <span class="field-hint">Stands in the link. The relay never sees it.</span>
      </label>
      <label class="field">
        <span class="field-label">Lasts</span>
        <select
          data-testid="circle-lifetime"
          value={String(lifetimeMs.value)}
          onChange={(event) => {
            lifetimeMs.value = Number(event.currentTarget.value);
          }}
        >
          {LIFETIMES.map((each) => (
            <option key={each.label} value={String(each.lifetimeMs)}>
              {each.label}
            </option>
          ))}
        </select>
        <span class="field-hint">Then its keys stop working everywhere.</span>
      </label>
      <div class="circle-actions">
        <button
          type="submit"
          class="button button-primary"
          data-testid="circle-create"
          disabled={name.value.trim() === ''}
        >
          {isRotation ? 'Make the new link' : 'Make the circle'}
        </button>
        <button type="button" class="button" onClick={() => circleDialog.show({ kind: 'list' })}>
          Back
        </button>
      </div>
    </form>
  );
}
