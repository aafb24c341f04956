import type { AnswerRequest, SamplingOptions } from '@manyhands/peer/requester/answer';
import { ACTIVATION_TYPES } from '@manyhands/protocol/activation';
import * as v from 'valibot';
import { language, t } from '../strings/language.ts';
import { PRESETS } from './chat-presets.ts';
import {
  ANSWER_TOKENS_MAX,
  SEED_MAX,
  STAGES_MIN_MAX,
  STOP_STRING_CHARS_MAX,
  STOP_STRINGS_MAX,
  SYSTEM_PROMPT_CHARS_MAX,
} from './limits.ts';
import { readStored, writeStored } from './stored.ts';

const FieldText = v.pipe(v.string(), v.maxLength(SYSTEM_PROMPT_CHARS_MAX));

/** The advanced settings as typed; kept as text so that a half-typed number is not corrected under the cursor. */
const ChatDraft = v.strictObject({
  temperature: FieldText,
  topK: FieldText,
  topP: FieldText,
  minP: FieldText,
  repetitionPenalty: FieldText,
  seed: FieldText,
  tokensMax: FieldText,
  stagesMin: FieldText,
  stopStrings: FieldText,
  systemPrompt: FieldText,
  activation: v.picklist(ACTIVATION_TYPES),
});
export type ChatDraft = v.InferOutput<typeof ChatDraft>;
export type ChatField = keyof ChatDraft;

export interface ChatSettings {
  readonly sampling: SamplingOptions;
  readonly tokensMax: number;
  readonly stagesMin: number;
  readonly stopStrings: readonly string[];
  readonly systemPrompt: string;
  readonly activation: NonNullable<AnswerRequest['activation']>;
}

export type ChatErrors = Readonly<Partial<Record<ChatField, string>>>;

export const DEFAULT_CHAT_DRAFT: ChatDraft = {
  ...PRESETS.balanced,
  seed: '',
  tokensMax: '256',
  stagesMin: '1',
  stopStrings: '',
  systemPrompt: '',
  activation: 'f16',
};

/** Whether there is nothing to set back. */
export function isDefaultDraft(draft: ChatDraft): boolean {
  return Object.entries(DEFAULT_CHAT_DRAFT).every(
    ([field, value]) => draft[field as ChatField] === value,
  );
}

interface NumberRule {
  readonly min: number;
  readonly max: number;
  readonly isWhole?: boolean;
}

/** Ranges that make sense in a conversation; the requester itself allows a little more. */
export const NUMBER_RULES = {
  temperature: { min: 0, max: 2 },
  topK: { min: 0, max: 64, isWhole: true },
  topP: { min: 0, max: 1 },
  minP: { min: 0, max: 1 },
  repetitionPenalty: { min: 0.5, max: 2 },
  seed: { min: 0, max: SEED_MAX, isWhole: true },
  tokensMax: { min: 1, max: ANSWER_TOKENS_MAX, isWhole: true },
  stagesMin: { min: 1, max: STAGES_MIN_MAX, isWhole: true },
} as const satisfies Partial<Record<ChatField, NumberRule>>;
type NumberField = keyof typeof NUMBER_RULES;

/** Settings, or a sentence for each field that is wrong. */
export function parseChatDraft(
  draft: ChatDraft,
): { readonly settings: ChatSettings } | { readonly errors: ChatErrors } {
  const errors: Partial<Record<ChatField, string>> = {};
  const number = (field: NumberField): number => {
    const value = parseNumber(draft[field], NUMBER_RULES[field]);
    if (typeof value === 'number') return value;
    errors[field] = value;
    return Number.NaN;
  };
  const seed = draft.seed.trim() === '' ? undefined : number('seed');
  const stopStrings = draft.stopStrings.split('\n').filter((line) => line !== '');
  if (stopStrings.length > STOP_STRINGS_MAX) {
    errors.stopStrings = t('chat.settings.errors.lines', { max: STOP_STRINGS_MAX });
  } else if (stopStrings.some((line) => line.length > STOP_STRING_CHARS_MAX)) {
    errors.stopStrings = t('chat.settings.errors.lineLength', { max: STOP_STRING_CHARS_MAX });
  }
  const settings: ChatSettings = {
    sampling: {
      temperature: number('temperature'),
      topK: number('topK'),
      topP: number('topP'),
      minP: number('minP'),
      repetitionPenalty: number('repetitionPenalty'),
      ...(seed === undefined ? {} : { seed }),
    },
    tokensMax: number('tokensMax'),
    stagesMin: number('stagesMin'),
    stopStrings,
    systemPrompt: draft.systemPrompt.trim(),
    activation: draft.activation,
  };
  return Object.keys(errors).length > 0 ? { errors } : { settings };
}

function parseNumber(text: string, rule: NumberRule): number | string {
  // Half of the world writes a comma there, as this page does in German.
  const trimmed = text.trim().replace(',', '.');
  const value = Number(trimmed);
  const isPlain = /^\d{1,10}(\.\d{0,9})?$|^\.\d{1,9}$/.test(trimmed);
  if (!isPlain || value < rule.min || value > rule.max) {
    return t(`chat.settings.errors.${rule.isWhole === true ? 'wholeRange' : 'range'}`, {
      min: formatBound(rule.min),
      max: formatBound(rule.max),
    });
  }
  if (rule.isWhole === true && !Number.isInteger(value)) return t('chat.settings.errors.whole');
  return value;
}

/** As one may type it. */
function formatBound(bound: number): string {
  return new Intl.NumberFormat(language.value, { useGrouping: false }).format(bound);
}

const KEY = 'manyhands.chat-settings';

export function readChatDraft(storage: Storage | undefined): ChatDraft {
  return readStored(storage, KEY, ChatDraft) ?? DEFAULT_CHAT_DRAFT;
}

export function writeChatDraft(storage: Storage | undefined, draft: ChatDraft): void {
  writeStored(storage, KEY, draft === DEFAULT_CHAT_DRAFT ? undefined : draft);
}
