import type { CatalogViewEntry } from '@manyhands/model/catalog';
import type { AnswerRequest } from '@manyhands/peer/requester/answer';
import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import * as v from 'valibot';
import { t } from '../strings/language.ts';
import { askPeer, followAnswer } from './answer-run.ts';
import { type Asked, NEW_ANSWER } from './answer-view.ts';
import type { Blocked } from './blocked.ts';
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
import {
  type AssistantTurn,
  type Conversation,
  promptMessages,
  type Turn,
} from './conversation.ts';
import { type Branches, branchesAt, newestLeafUnder, pathTo } from './conversation-tree.ts';
import type { Conversations } from './conversations.ts';
import {
  BRANCH_TURNS_MAX,
  MODEL_FILE_CHARS_MAX,
  MODEL_NAME_CHARS_MAX,
  PROMPT_CHARS_MAX,
  SYSTEM_PROMPT_CHARS_MAX,
  TURNS_MAX,
} from './limits.ts';
import { chooseModel, listModelOptions, type ModelOption } from './model-choice.ts';
import { randomId } from './random-id.ts';
import { readStored, writeStored } from './stored.ts';
import type { Tiers } from './tiers.ts';

const MODEL_KEY = 'manyhands.chat-model';
const ModelId = v.pipe(v.string(), v.maxLength(64));

/** Asking in the conversation on the page. Lives outside the pages: an answer streams on while one looks around. */
export interface Chat {
  /** The path through the conversation that is shown and sent. */
  readonly turns: ReadonlySignal<readonly Turn[]>;
  /** Of the conversation on the page, by this tab. */
  readonly isAnswering: ReadonlySignal<boolean>;
  /** Of any conversation, by this tab. */
  readonly isBusy: ReadonlySignal<boolean>;
  readonly models: ReadonlySignal<readonly ModelOption[]>;
  readonly model: ReadonlySignal<ModelOption | undefined>;
  /** Its system prompt is that of the conversation on the page, once something was said in it. */
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
  /** Asks something else in place of a question, which stays on a branch of its own. */
  edit(turnId: string, text: string): boolean;
  stop(): void;
  /** Of every conversation. */
  stopAll(): void;
  /** Answers a question again, the last one unless an answer is named; the older answer stays. */
  regenerate(options?: { readonly withoutHistory?: boolean; readonly turnId?: string }): void;
  /** Goes on behind an answer that was cut off; the older one stays. */
  goOn(turnId: string): void;
  /** A turn and what stands in its place on other branches. */
  branches(turnId: string): Branches;
  /** Shows the branch that many places further. */
  showBranch(turnId: string, steps: number): void;
  /** An empty conversation. */
  clear(): void;
}

export interface ChatDeps {
  readonly connection: Connection;
  readonly catalog: CatalogState;
  readonly tiers: Pick<Tiers, 'tier' | 'scope' | 'isExpired'>;
  readonly conversations: Pick<
    Conversations,
    'current' | 'isOpening' | 'elsewhere' | 'begin' | 'keep' | 'answerIn' | 'changeSystemPrompt'
  >;
  /** What this tab can answer alone. */
  readonly localRoot: ReadonlySignal<string | undefined>;
  readonly localStorage: Storage | undefined;
  readonly blocked: Pick<Blocked, 'list'>;
}

interface AnswerOptions {
  readonly withoutHistory?: boolean;
  /** What the answer begins with. */
  readonly start?: string;
}

export function createChat(deps: ChatDeps): Chat {
  const { connection, catalog, tiers, conversations } = deps;
  const { current } = conversations;
  const turns = computed(() => {
    const { turns: all, leafId } = current.value.state.value;
    return pathTo(all, leafId);
  });
  const runs = signal<ReadonlyMap<string, AbortController>>(new Map());
  const isAnswering = computed(() => runs.value.has(current.value.id));
  const settings = createChatSettings(deps);
  const { parsed } = settings;
  const wantedId = signal(readStored(deps.localStorage, MODEL_KEY, ModelId) ?? null);
  const models = computed(() =>
    listModelOptions(catalog.entries.value, connection.network.value, tiers.tier.value),
  );
  const model = computed(() => chooseModel(models.value, wantedId.value));
  const prompt = signal('');
  const isFull = computed(() => {
    const { turns: all } = current.value.state.value;
    return turns.value.length + 2 > TURNS_MAX || all.length + 2 > BRANCH_TURNS_MAX;
  });
  const obstacle = computed(() => {
    if (conversations.isOpening.value) return t('conversations.obstacle.opening');
    if (conversations.elsewhere.value.has(current.value.id))
      return t('conversations.obstacle.elsewhere');
    const modelRoot = model.value?.entry.modelRoot;
    if (modelRoot === undefined) return t('conversations.obstacle.noModel');
    return describeObstacle(tiers, deps.localRoot.value === modelRoot);
  });
  const mayAnswer = (): boolean =>
    !isAnswering.value && obstacle.value === '' && 'settings' in parsed.value;

  /** Puts a question behind `parentId`; `false` when there is nothing to ask or something in the way. */
  function ask(text: string, parentId: string | undefined): boolean {
    const content = text.trim();
    const isQuestion = content !== '' && content.length <= PROMPT_CHARS_MAX;
    if (!isQuestion || isFull.value || !mayAnswer()) return false;
    const conversation = current.value;
    if (conversation.state.value.turns.length === 0) settings.begin(conversation);
    append(conversation, { role: 'user', text: content, ...placeAfter(conversation, parentId) });
    answer({});
    return true;
  }

  function regenerate({ turnId, withoutHistory = false }: Parameters<Chat['regenerate']>[0] = {}) {
    const turn = turnId === undefined ? turns.value.at(-1) : find(turnId);
    if (turn === undefined || isFull.value || !mayAnswer()) return;
    if (turn.role === 'assistant') showEnd(current.value, turn.parentId);
    answer({ withoutHistory });
  }

  function goOn(turnId: string): void {
    const turn = find(turnId);
    if (turn?.role !== 'assistant' || isFull.value || !mayAnswer()) return;
    showEnd(current.value, turn.parentId);
    answer({ start: turn.answer.value.text });
  }

  /** Answers the question at the end of the path; every way out leaves the turn `done`. */
  function answer({ withoutHistory = false, start = '' }: AnswerOptions): void {
    const conversation = current.value;
    const chosen = model.value?.entry;
    const question = turns.value.at(-1);
    if (question?.role !== 'user') return;
    if (chosen?.modelRoot === undefined || !('settings' in parsed.value)) return;
    const { systemPrompt, ...rest } = parsed.value.settings;
    const messages = promptMessages(turns.value, { systemPrompt, withoutHistory });
    const request: AnswerRequest = {
      modelRoot: chosen.modelRoot,
      input: { messages, ...(start !== '' && { answerStart: start }) },
      ...rest,
      avoid: deps.blocked.list.value.map(({ identity }) => identity),
    };
    const turn: AssistantTurn = {
      role: 'assistant',
      ...placeAfter(conversation, question.id),
      modelName: chosen.name.slice(0, MODEL_NAME_CHARS_MAX),
      answer: signal({ ...NEW_ANSWER, text: start, asked: askedOf(chosen, request) }),
    };
    append(conversation, turn);
    const abort = new AbortController();
    runs.value = new Map(runs.value).set(conversation.id, abort);
    const hold = conversations.answerIn(conversation, turn);
    hold.gone.addEventListener('abort', () => abort.abort(), { once: true });
    const events = askPeer(connection, request, abort.signal);
    void followAnswer(turn.answer, events, abort.signal).finally(() => {
      runs.value = new Map([...runs.value].filter(([, each]) => each !== abort));
      hold.end();
    });
  }

  function find(turnId: string): Turn | undefined {
    return current.value.state.value.turns.find(({ id }) => id === turnId);
  }

  return {
    turns,
    models,
    model,
    prompt,
    isAnswering,
    isBusy: computed(() => runs.value.size > 0),
    draft: settings.draft,
    draftErrors: computed(() => ('errors' in parsed.value ? parsed.value.errors : {})),
    isFull,
    obstacle,
    chooseModel: (id) => {
      wantedId.value = id;
      writeStored(deps.localStorage, MODEL_KEY, id);
    },
    changeDraft: settings.change,
    resetDraft: () => settings.change(DEFAULT_CHAT_DRAFT),
    send: (text) => ask(text, turns.value.at(-1)?.id),
    edit(turnId, text) {
      const turn = find(turnId);
      return turn?.role === 'user' && ask(text, turn.parentId);
    },
    stop: () => runs.value.get(current.value.id)?.abort(),
    stopAll: () => {
      for (const abort of runs.value.values()) abort.abort();
    },
    regenerate,
    goOn,
    branches: (turnId) => branchesAt(current.value.state.value.turns, turnId),
    showBranch(turnId, steps) {
      const conversation = current.value;
      const { turns: all } = conversation.state.value;
      const { ids, index } = branchesAt(all, turnId);
      const wanted = ids[index + steps];
      if (wanted === undefined) return;
      showEnd(conversation, newestLeafUnder(all, wanted));
      conversations.keep(conversation);
    },
    clear: conversations.begin,
  };
}

function askedOf({ source }: CatalogViewEntry, { modelRoot, sampling }: AnswerRequest): Asked {
  const file =
    source.type === 'file' ? source.file : new URL(source.url).pathname.split('/').at(-1);
  return { modelRoot, sampling, ...(file && { modelFile: file.slice(-MODEL_FILE_CHARS_MAX) }) };
}

/** A new turn's place. A parent is always older than its child, even when the clock was put back. */
function placeAfter({ state }: Conversation, parentId: string | undefined) {
  const parent = state.value.turns.find(({ id }) => id === parentId);
  const atMs = Math.max(Date.now(), (parent?.atMs ?? 0) + 1);
  return { id: randomId(), atMs, ...(parentId !== undefined && { parentId }) };
}

function append({ state }: Conversation, turn: Turn): void {
  state.value = { ...state.value, turns: [...state.value.turns, turn], leafId: turn.id };
}

function showEnd({ state }: Conversation, leafId: string | undefined): void {
  state.value = { ...state.value, leafId };
}

/** The settings as typed, for all conversations but the system prompt of the one that was begun. */
function createChatSettings({ localStorage, conversations }: ChatDeps) {
  const shared = signal(readChatDraft(localStorage));
  const state = computed(() => conversations.current.value.state.value);
  const draft = computed((): ChatDraft => {
    const { turns, systemPrompt } = state.value;
    return turns.length === 0 ? shared.value : { ...shared.value, systemPrompt };
  });
  return {
    draft,
    parsed: computed(() => parseChatDraft(draft.value)),
    begin(conversation: Conversation): void {
      const systemPrompt = shared.value.systemPrompt.slice(0, SYSTEM_PROMPT_CHARS_MAX);
      conversation.state.value = { ...conversation.state.value, systemPrompt };
    },
    change({ systemPrompt, ...changes }: Partial<ChatDraft>): void {
      const isBegun = state.value.turns.length > 0;
      if (systemPrompt !== undefined && isBegun) conversations.changeSystemPrompt(systemPrompt);
      const others = isBegun || systemPrompt === undefined ? changes : { ...changes, systemPrompt };
      shared.value = { ...shared.value, ...others };
      writeChatDraft(localStorage, shared.value);
    },
  };
}

/** Why the chosen tier asks nobody. */
function describeObstacle(
  { tier, scope, isExpired }: Pick<Tiers, 'tier' | 'scope' | 'isExpired'>,
  isLoaded: boolean,
): string {
  if (tier.value === 'local') return isLoaded ? '' : t('conversations.obstacle.notLoaded');
  if (scope.value !== undefined) return '';
  return isExpired.value
    ? t('conversations.obstacle.circleExpired')
    : t('conversations.obstacle.noCircle');
}
