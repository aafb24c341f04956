import { t } from '../strings/language.ts';
import { useSite } from './site-context.ts';

/** Whether other tabs may learn this one's address. */
export function RelayOnlyField() {
  const { paths } = useSite();
  return (
    <Check
      id="relay-only"
      label={t('guest.paths.hide')}
      hint={t('guest.paths.hideHint')}
      isChecked={paths.settings.value.isRelayOnly}
      isDisabled={false}
      onChange={(isRelayOnly) => paths.change({ isRelayOnly })}
    />
  );
}

/** Whether this tab serves people whom only the relay can connect with it. */
export function TakesRelayedField() {
  const { paths } = useSite();
  const { isRelayOnly, takesRelayed } = paths.settings.value;
  return (
    <Check
      id="takes-relayed"
      label={t('guest.paths.relayed')}
      hint={isRelayOnly ? t('guest.paths.relayedOnly') : t('guest.paths.relayedHint')}
      isChecked={isRelayOnly || takesRelayed}
      isDisabled={isRelayOnly}
      onChange={(takes) => paths.change({ takesRelayed: takes })}
    />
  );
}

interface CheckProps {
  readonly id: string;
  readonly label: string;
  readonly hint: string;
  readonly isChecked: boolean;
  readonly isDisabled: boolean;
  readonly onChange: (isChecked: boolean) => void;
}

function Check({ id, label, hint, isChecked, isDisabled, onChange }: CheckProps) {
  return (
    <div class="field">
      <label class="field-check" for={id}>
        <input
          id={id}
          type="checkbox"
          data-testid={id}
          checked={isChecked}
          disabled={isDisabled}
          aria-describedby={`${id}-hint`}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
        <span class="field-label">{label}</span>
      </label>
      <span class="field-hint" id={`${id}-hint`}>
        {hint}
      </span>
    </div>
  );
}
