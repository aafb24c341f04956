import { ACTIVATION_TYPES } from '@manyhands/protocol/activation';
import type { ComponentChildren } from 'preact';
import {
  type ChatDraft,
  type ChatField,
  DEFAULT_CHAT_DRAFT,
  isDefaultDraft,
} from '../../state/chat-settings.ts';
import { t } from '../../strings/language.ts';
import { RelayOnlyField } from '../path-fields.tsx';
import { useSite } from '../site-context.ts';
import { PresetPicker } from './preset-picker.tsx';

type TextField = Exclude<ChatField, 'activation'>;

const WORDS = ['temperature', 'topK', 'topP', 'minP', 'repetitionPenalty'] as const;

export interface ChatSettingsPanelProps {
  /** Lists that belong to asking, such as who is never asked: they stand below the fields. */
  readonly children?: ComponentChildren;
}

/** How answers are sampled and spread. Nothing is sent while a field is wrong. */
export function ChatSettingsPanel({ children }: ChatSettingsPanelProps) {
  return (
    <form
      id="chat-settings"
      class="card chat-settings"
      aria-label={t('chat.settings.label')}
      onSubmit={(event) => event.preventDefault()}
    >
      <PresetPicker />
      <Group legend={t('chat.settings.groups.instructions')}>
        <Field field="systemPrompt" isLong={true} />
      </Group>
      <Group legend={t('chat.settings.groups.words')}>
        {WORDS.map((field) => (
          <Field key={field} field={field} />
        ))}
      </Group>
      <Group legend={t('chat.settings.groups.length')}>
        <Field field="tokensMax" />
        <Field field="seed" />
        <Field field="stopStrings" isLong={true} />
      </Group>
      <Group legend={t('chat.settings.groups.network')}>
        <Field field="stagesMin" testId="stages-min" />
        <ActivationField />
        <RelayOnlyField />
      </Group>
      {children}
      <Reset />
    </form>
  );
}

function Group(props: { readonly legend: string; readonly children: ComponentChildren }) {
  return (
    <fieldset class="settings-group">
      <legend class="settings-legend">{props.legend}</legend>
      <div class="settings-fields">{props.children}</div>
    </fieldset>
  );
}

function ActivationField() {
  const { chat } = useSite();
  return (
    <div class="field">
      <label class="field-label" for="chat-activation">
        {t('chat.settings.activation.label')}
      </label>
      <select
        id="chat-activation"
        aria-describedby="hint-activation"
        value={chat.draft.value.activation}
        onChange={({ currentTarget: { value } }) =>
          chat.changeDraft({
            activation:
              ACTIVATION_TYPES.find((each) => each === value) ?? DEFAULT_CHAT_DRAFT.activation,
          })
        }
      >
        {ACTIVATION_TYPES.map((type) => (
          <option key={type} value={type}>
            {t(`chat.settings.activation.${type}`)}
          </option>
        ))}
      </select>
      <span class="field-hint" id="hint-activation">
        {t('chat.settings.activation.hint')}
      </span>
    </div>
  );
}

interface FieldProps {
  readonly field: TextField;
  readonly isLong?: boolean;
  readonly testId?: string;
}

function Field({ field, isLong = false, testId }: FieldProps) {
  const { chat } = useSite();
  const error = chat.draftErrors.value[field];
  const inputId = `chat-${field}`;
  const hintId = `hint-${field}`;
  const shared = {
    id: inputId,
    value: chat.draft.value[field],
    'aria-invalid': error !== undefined,
    'aria-describedby': hintId,
    'data-testid': testId,
  };
  const change = (value: string): void => {
    const changes: Partial<ChatDraft> = { [field]: value };
    chat.changeDraft(changes);
  };
  return (
    <div class={`field ${isLong ? 'field-wide' : ''}`}>
      <label class="field-label" for={inputId}>
        {t(`chat.settings.${field}.label`)}
      </label>
      {isLong ? (
        <textarea {...shared} rows={3} onInput={(event) => change(event.currentTarget.value)} />
      ) : (
        <input
          {...shared}
          inputMode="decimal"
          autocomplete="off"
          onInput={(event) => change(event.currentTarget.value)}
        />
      )}
      <span class={error === undefined ? 'field-hint' : 'field-error'} id={hintId}>
        {error ?? t(`chat.settings.${field}.hint`)}
      </span>
    </div>
  );
}

function Reset() {
  const { chat } = useSite();
  const isDefault = isDefaultDraft(chat.draft.value);
  return (
    <div class="settings-reset">
      <button
        type="button"
        class="button button-small"
        data-testid="chat-reset"
        // Stays in the tab order: whoever just pressed it must not lose the focus.
        aria-disabled={isDefault}
        onClick={chat.resetDraft}
      >
        {t('chat.settings.reset')}
      </button>
      <span class="field-hint" role="status">
        {isDefault ? t('chat.settings.isDefault') : ''}
      </span>
    </div>
  );
}
