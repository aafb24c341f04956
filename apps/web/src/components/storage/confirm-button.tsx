import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { t } from '../../strings/language.ts';

export interface ConfirmButtonProps {
  readonly label: string;
  /** What the button is about, where `label` does not say it. */
  readonly name?: string;
  readonly question: string;
  readonly isDisabled: boolean;
  readonly onConfirm: () => void;
  readonly testId?: string;
}

/** Deletes at the second press. The question takes the button's place and the focus. */
export function ConfirmButton(props: ConfirmButtonProps) {
  const isAsking = useSignal(false);
  const opener = useRef<HTMLButtonElement>(null);
  const asked = useRef<HTMLFieldSetElement>(null);
  const wasAsking = useRef(false);
  useEffect(() => {
    // Not its button: a key held down would answer at once.
    if (isAsking.value) asked.current?.focus();
    else if (wasAsking.current) opener.current?.focus();
    wasAsking.current = isAsking.value;
  }, [isAsking.value]);
  if (!isAsking.value) {
    return (
      <button
        ref={opener}
        type="button"
        class="button button-small"
        aria-label={props.name}
        disabled={props.isDisabled}
        data-testid={props.testId}
        onClick={() => {
          isAsking.value = true;
        }}
      >
        {props.label}
      </button>
    );
  }
  const close = (): void => {
    isAsking.value = false;
  };
  return (
    <fieldset ref={asked} class="confirm" tabIndex={-1} aria-label={props.question}>
      <p>{props.question}</p>
      <button
        type="button"
        class="button button-small button-danger"
        data-testid={props.testId && `${props.testId}-confirm`}
        onClick={() => {
          close();
          props.onConfirm();
        }}
      >
        {props.label}
      </button>
      <button type="button" class="button button-small" onClick={close}>
        {t('storage.keep')}
      </button>
    </fieldset>
  );
}
