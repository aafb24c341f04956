import { computed, type ReadonlySignal, signal } from '@preact/signals';
import { t } from '../strings/language.ts';
import type { Chat } from './chat.ts';
import { formatCount } from './format.ts';
import {
  PROMPT_CHARS_MAX,
  PROMPT_CHARS_NOTED,
  PROMPT_FILES_MAX,
  TOKEN_CHARS_GUESS,
} from './limits.ts';
import {
  cleanName,
  describeFileProblem,
  joinPrompt,
  type PromptFile,
  readPromptFile,
} from './prompt-file.ts';

/** How long the message is by now, with its files. */
export interface PromptLength {
  /** `1,204 of 32,000 characters`. */
  readonly text: string;
  readonly isOver: boolean;
  /** A sentence where the model will hardly read all of it. */
  readonly warning: string;
}

/** The message that is being written. Outlives the page, as the conversation does. */
export interface Composer {
  readonly files: ReadonlySignal<readonly PromptFile[]>;
  /** Why files of the last choice did not come in, a sentence each. */
  readonly problems: ReadonlySignal<readonly string[]>;
  /** What just happened, for those who do not see it. */
  readonly news: ReadonlySignal<string>;
  /** Nothing while the message is short. */
  readonly length: ReadonlySignal<PromptLength | undefined>;
  /** Why sending is impossible right now, in a sentence; empty when nothing is in the way. */
  readonly obstacle: ReadonlySignal<string>;
  readonly isReady: ReadonlySignal<boolean>;
  add(sources: readonly File[]): Promise<void>;
  remove(file: PromptFile): void;
  hideProblems(): void;
  /** Sends the message with its files and empties the box; otherwise leaves everything as it is. */
  send(): void;
}

type AskedChat = Pick<Chat, 'draftErrors' | 'isFull' | 'model' | 'obstacle' | 'prompt' | 'send'>;

export function createComposer(chat: AskedChat): Composer {
  const files = signal<readonly PromptFile[]>([]);
  const problems = signal<readonly (() => string)[]>([]);
  const news = signal<() => string>(() => '');
  const whole = computed(() => joinPrompt(chat.prompt.value, files.value));
  const obstacle = computed(() => findObstacle(chat, whole.value.length, files.value.length > 0));

  async function add(sources: readonly File[]): Promise<void> {
    const readings = await Promise.all(sources.slice(0, PROMPT_FILES_MAX).map(readPromptFile));
    const found: (() => string)[] = [];
    const added: PromptFile[] = [];
    for (const reading of readings) {
      if ('problem' in reading) {
        const { problem, name, sizeBytes } = reading;
        found.push(() => describeFileProblem(problem, name, sizeBytes));
        continue;
      }
      const { file } = reading;
      const present = [...files.value, ...added];
      if (present.some(({ name, text }) => name === file.name && text === file.text)) {
        found.push(() => t('chat.file.already', { name: file.name }));
      } else if (present.length >= PROMPT_FILES_MAX) {
        found.push(() => sayTooMany(file.name));
      } else {
        added.push(file);
      }
    }
    const leftOut = sources[PROMPT_FILES_MAX];
    if (leftOut !== undefined) found.push(() => sayTooMany(cleanName(leftOut.name)));
    files.value = [...files.value, ...added];
    problems.value = found;
    const name = added.map((file) => file.name).join(', ');
    news.value = () => (name === '' ? '' : t('chat.composer.added', { name }));
  }

  return {
    files,
    problems: computed(() => problems.value.map((say) => say())),
    news: computed(() => news.value()),
    length: computed(() =>
      measure(chat.model.value?.entry, whole.value.length, files.value.length > 0),
    ),
    obstacle,
    isReady: computed(() => obstacle.value === '' && whole.value !== ''),
    add,
    remove: (file) => {
      files.value = files.value.filter((each) => each !== file);
      news.value = () => t('chat.composer.removed', { name: file.name });
    },
    hideProblems: () => {
      problems.value = [];
    },
    send: () => {
      if (!chat.send(whole.value)) return;
      chat.prompt.value = '';
      files.value = [];
      problems.value = [];
      news.value = () => '';
    },
  };
}

function sayTooMany(name: string): string {
  return t('chat.file.tooMany', { name, limit: formatCount(PROMPT_FILES_MAX) });
}

function measure(
  model: { readonly name: string; readonly contextLength: number } | undefined,
  length: number,
  hasFiles: boolean,
): PromptLength | undefined {
  if (length < PROMPT_CHARS_NOTED && !hasFiles) return undefined;
  const isOver = length > PROMPT_CHARS_MAX;
  const values = { length: formatCount(length), limit: formatCount(PROMPT_CHARS_MAX) };
  // A guess, so not to the token: 1,083 would look counted.
  const tokens = Number((length / TOKEN_CHARS_GUESS).toPrecision(2));
  const isLong = model !== undefined && !isOver && tokens > model.contextLength;
  return {
    text: t(isOver ? 'chat.composer.lengthOver' : 'chat.composer.length', values),
    isOver,
    warning: isLong
      ? t('chat.composer.longForModel', {
          tokens: formatCount(tokens),
          model: model.name,
          limit: formatCount(model.contextLength),
        })
      : '',
  };
}

function findObstacle(chat: AskedChat, length: number, hasFiles: boolean): string {
  if (length > PROMPT_CHARS_MAX) {
    const values = { limit: formatCount(PROMPT_CHARS_MAX), length: formatCount(length) };
    return t(hasFiles ? 'chat.composer.tooLongWithFiles' : 'chat.composer.tooLong', values);
  }
  if (chat.isFull.value) return t('chat.composer.full');
  if (Object.keys(chat.draftErrors.value).length > 0) return t('chat.composer.badSetting');
  return chat.obstacle.value;
}
