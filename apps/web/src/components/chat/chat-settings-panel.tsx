import { ACTIVATION_TYPES } from '@manyhands/protocol/activation';
import type { ChatDraft, ChatField } from '../../state/chat-settings.ts';
import { RelayOnlyField } from '../path-fields.tsx';
import { useSite } from '../site-context.ts';

interface FieldSpec {
  readonly field: Exclude<ChatField, 'activation'>;
  readonly label: string;
  readonly hint: string;
  readonly testId?: string;
}

const NUMBERS: readonly FieldSpec[] = [
  { field: 'temperature', label: 'Temperature', hint: '0 always takes the likeliest token' },
  { field: 'topK', label: 'Top-k', hint: '0 keeps all candidates' },
  { field: 'topP', label: 'Top-p', hint: '1 keeps all candidates' },
  { field: 'minP', label: 'Min-p', hint: '0 keeps all candidates' },
  { field: 'repetitionPenalty', label: 'Repetition penalty', hint: '1 changes nothing' },
  { field: 'seed', label: 'Seed', hint: 'empty: answers differ' },
  { field: 'tokensMax', label: 'Tokens at most', hint: 'length of an answer' },
  {
    field: 'stagesMin',
    label: 'Stages at least',
    hint: 'spread over this many tabs',
    testId: 'stages-min',
  },
];

const TEXTS: readonly FieldSpec[] = [
  { field: 'systemPrompt', label: 'System prompt', hint: 'instructions before the conversation' },
  { field: 'stopStrings', label: 'Stop strings', hint: 'one a line; the answer ends before them' },
];

/** How answers are sampled and spread. Nothing is sent while a field is wrong. */
export function ChatSettingsPanel() {
  const { chat } = useSite();
  const draft = chat.draft.value;
  return (
    <form
      id="chat-settings"
      class="card chat-settings"
      aria-label="Advanced settings"
      onSubmit={(event) => event.preventDefault()}
    >
      <div class="chat-settings-numbers">
        {NUMBERS.map((spec) => (
          <Field key={spec.field} spec={spec} isLong={false} />
        ))}
        <div class="field">
          <label class="field-label" for="chat-activation">
            Hidden states
          </label>
          <select
            id="chat-activation"
            value={draft.activation}
            onChange={({ currentTarget: { value } }) =>
              chat.changeDraft({
                activation: ACTIVATION_TYPES.find((each) => each === value) ?? 'f16',
              })
            }
          >
            <option value="f16">16 bit</option>
            <option value="f32">32 bit</option>
            <option value="q8">8 bit (rough)</option>
          </select>
          <span class="field-hint">precision between tabs</span>
        </div>
      </div>
      <div class="chat-settings-texts">
        {TEXTS.map((spec) => (
          <Field key={spec.field} spec={spec} isLong={true} />
        ))}
      </div>
      <RelayOnlyField />
      <button type="button" class="button button-small" onClick={chat.resetDraft}>
        Reset to defaults
      </button>
    </form>
  );
}

function Field({ spec, isLong }: { readonly spec: FieldSpec; readonly isLong: boolean }) {
  const { chat } = useSite();
  const error = chat.draftErrors.value[spec.field];
  const inputId = `chat-${spec.field}`;
  const hintId = `hint-${spec.field}`;
  const shared = {
    id: inputId,
    value: chat.draft.value[spec.field],
    'aria-invalid': error !== undefined,
    'aria-describedby': hintId,
    'data-testid': spec.testId,
  };
  const change = (value: string): void => {
    const changes: Partial<ChatDraft> = { [spec.field]: value };
    chat.changeDraft(changes);
  };
  return (
    <div class="field">
      <label class="field-label" for={inputId}>
        {spec.label}
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
        {error ?? spec.hint}
      </span>
    </div>
  );
}
