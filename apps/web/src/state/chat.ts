import { reportError } from '@manyhands/peer/error-report';
import type { AnswerEvent, AnswerRequest } from '@manyhands/peer/requester/answer';
import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import * as v from 'valibot';
import { type AnswerView, endAnswer, NEW_ANSWER, reduceAnswer } from './answer-view.ts';
import type { CatalogState } from './catalog.ts';
import {
  type ChatDraft,
  type ChatErrors,
  DEFAULT_CHAT_DRAFT,
  parseChatDraft,
  readChatDraft,
  writeChatDraft,
} from './chat-settings.ts';
import type { Connection } from './connection.ts';
import { type AssistantTurn, promptMessages, type Turn } from './conversation.ts';
import { readConversation, writeConversation } from './conversation-store.ts';
import { PROMPT_CHARS_MAX, RENDER_INTERVAL_MS, STOP_TIMEOUT_MS, TURNS_MAX } from './limits.ts';
import { chooseModel, listModelOptions, type ModelOption } from './model-choice.ts';
import { readStored, writeStored } from './stored.ts';
import type { Tiers } from './tiers.ts';

const MODEL_KEY = 'manyhands.chat-model';
const ModelId = v.pipe(v.string(), v.maxLength(64));

/** The conversation of this tab. Lives outside the pages: an answer streams on while one looks around. */
export interface Chat {
  readonly turns: ReadonlySignal<readonly Turn[]>;
  readonly isAnswering: ReadonlySignal<boolean>;
  readonly models: ReadonlySignal<readonly ModelOption[]>;
  readonly model: ReadonlySignal<ModelOption | undefined>;
  readonly draft: ReadonlySignal<ChatDraft>;
  readonly draftErrors: ReadonlySignal<ChatErrors>;
  readonly isFull: ReadonlySignal<boolean>;
  /** Why nobody may be asked now, in a sentence; empty when somebody may. */
  readonly obstacle: ReadonlySignal<string>;
  /** What is in the input box. */
  readonly prompt: Signal<string>;
  chooseModel(id: string): void;
  changeDraft(changes: Partial<ChatDraft>): void;
  resetDraft(): void;
  /** Asks; `false` when there is nothing to ask or something is in the way. */
  send(text: string): boolean;
  stop(): void;
  /** Answers the last question again. */
  regenerate(options?: { readonly withoutHistory: boolean }): void;
  clear(): void;
  /** Before the page goes away. */
  save(): void;
}

export interface ChatDeps {
  readonly connection: Connection;
  readonly catalog: CatalogState;
  readonly tiers: Pick<Tiers, 'tier' | 'scope' | 'isExpired' | 'conversationKey'>;
  /** What this tab can answer alone. */
  readonly localRoot: ReadonlySignal<string | undefined>;
  readonly localStorage: Storage | undefined;
  readonly sessionStorage: Storage | undefined;
}

export function createChat(deps: ChatDeps): Chat {
  const { connection, catalog, tiers } = deps;
  let conversationKey = tiers.conversationKey.value;
  const turns = signal<readonly Turn[]>(readConversation(deps.sessionStorage, conversationKey));
  const running = signal<AbortController | undefined>(undefined);
  const wantedId = signal(readStored(deps.localStorage, MODEL_KEY, ModelId) ?? null);
  const draft = signal(readChatDraft(deps.localStorage));
  const parsed = computed(() => parseChatDraft(draft.value));
  const models = computed(() =>
    listModelOptions(catalog.entries.value, connection.network.value, tiers.tier.value),
  );
  const model = computed(() => chooseModel(models.value, wantedId.value));
  const prompt = signal('');

  const isFull = computed(() => turns.value.length + 2 > TURNS_MAX);
  const obstacle = computed(() => {
    const modelRoot = model.value?.entry.modelRoot;
    if (modelRoot === undefined) return 'No model is ready on this relay yet.';
    const isLoaded = deps.localRoot.value === modelRoot;
    return describeObstacle(tiers, isLoaded);
  });
  tiers.conversationKey.subscribe((key) => {
    if (key === conversationKey) return;
    // What was said to some is neither shown nor sent to others.
    running.value?.abort();
    running.value = undefined;
    save();
    conversationKey = key;
    turns.value = readConversation(deps.sessionStorage, key);
    nextId = Math.max(nextId, ...turns.value.map((turn) => turn.id + 1));
  });
  let nextId = Math.max(0, ...turns.value.map((turn) => turn.id)) + 1;

  function send(text: string): boolean {
    const content = text.trim();
    const isPossible =
      content !== '' &&
      content.length <= PROMPT_CHARS_MAX &&
      !isFull.value &&
      running.value === undefined &&
      'settings' in parsed.value &&
      obstacle.value === '';
    if (!isPossible) return false;
    turns.value = [...turns.value, { role: 'user', id: nextId, text: content }];
    nextId += 1;
    answer(false);
    return true;
  }

  function regenerate(options = { withoutHistory: false }): void {
    if (running.value !== undefined || obstacle.value !== '') return;
    if (!('settings' in parsed.value)) return;
    const last = turns.value.at(-1);
    if (last?.role === 'assistant') turns.value = turns.value.slice(0, -1);
    if (turns.value.at(-1)?.role === 'user') answer(options.withoutHistory);
  }

  /** Answers the last turn, a question; every way out leaves the turn `done`. */
  function answer(withoutHistory: boolean): void {
    const chosen = model.value?.entry;
    if (chosen?.modelRoot === undefined || !('settings' in parsed.value)) return;
    const { systemPrompt, ...settings } = parsed.value.settings;
    const request: AnswerRequest = {
      modelRoot: chosen.modelRoot,
      input: { messages: promptMessages(turns.value, { systemPrompt, withoutHistory }) },
      ...settings,
    };
    const turn: AssistantTurn = {
      role: 'assistant',
      id: nextId,
      modelName: chosen.name,
      answer: signal(NEW_ANSWER),
    };
    nextId += 1;
    turns.value = [...turns.value, turn];
    const abort = new AbortController();
    running.value = abort;
    const events = askPeer(connection, request, abort.signal);
    void followAnswer(turn.answer, events, abort.signal).finally(() => {
      if (running.value === abort) running.value = undefined;
      save();
    });
  }

  function save(): void {
    writeConversation(deps.sessionStorage, conversationKey, turns.value);
  }

  return {
    turns,
    models,
    model,
    draft,
    prompt,
    isAnswering: computed(() => running.value !== undefined),
    draftErrors: computed(() => ('errors' in parsed.value ? parsed.value.errors : {})),
    isFull,
    obstacle,
    chooseModel: (id) => {
      wantedId.value = id;
      writeStored(deps.localStorage, MODEL_KEY, id);
    },
    changeDraft: (changes) => {
      draft.value = { ...draft.value, ...changes };
      writeChatDraft(deps.localStorage, draft.value);
    },
    resetDraft: () => {
      draft.value = DEFAULT_CHAT_DRAFT;
      writeChatDraft(deps.localStorage, draft.value);
    },
    send,
    stop: () => running.value?.abort(),
    regenerate,
    clear: () => {
      running.value?.abort();
      running.value = undefined;
      turns.value = [];
      save();
    },
    save,
  };
}

/** Why the chosen tier asks nobody. */
function describeObstacle(
  { tier, scope, isExpired }: Pick<Tiers, 'tier' | 'scope' | 'isExpired'>,
  isLoaded: boolean,
): string {
  if (tier.value === 'local') return isLoaded ? '' : 'Load the model into this tab first.';
  if (scope.value !== undefined) return '';
  return isExpired.value
    ? 'This circle has expired: ask for a new invitation.'
    : 'Choose a circle first, or make one.';
}

async function* askPeer(
  connection: Connection,
  request: AnswerRequest,
  abort: AbortSignal,
): AsyncIterable<AnswerEvent> {
  const peer = await connection.peer();
  yield* peer.requester.answer(request, abort);
}

/** Folds events into the view, redrawing at most once per interval however fast tokens arrive. */
async function followAnswer(
  view: Signal<AnswerView>,
  events: AsyncIterable<AnswerEvent>,
  abort: AbortSignal,
): Promise<void> {
  let next = view.value;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const publish = (): void => {
    clearTimeout(timer);
    timer = undefined;
    view.value = next;
  };
  const fold = async (): Promise<void> => {
    for await (const event of events) {
      // Given up on: what arrives later must not change an answer the person has seen end.
      if (next.phase === 'done') return;
      next = reduceAnswer(next, event, Date.now());
      if (event.type === 'token') timer ??= setTimeout(publish, RENDER_INTERVAL_MS);
      else publish();
    }
    next = endAnswer(next, 'failed', { code: 'internal', message: 'The answer ended early.' });
  };
  try {
    await Promise.race([fold(), giveUpAfter(abort)]);
    next = endAnswer(next, 'aborted');
  } catch (cause) {
    const error = reportError(cause);
    next = abort.aborted ? endAnswer(next, 'aborted') : endAnswer(next, 'failed', error);
  }
  publish();
}

/** Resolves when Stop was pressed and the requester had its time to finish. */
function giveUpAfter(abort: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wait = (): void => void setTimeout(resolve, STOP_TIMEOUT_MS);
    if (abort.aborted) wait();
    else abort.addEventListener('abort', wait, { once: true });
  });
}
