import { type ReadonlySignal, signal } from '@preact/signals';
import type { AssistantTurn, Conversation } from './conversation.ts';
import { ANSWER_SAVE_INTERVAL_MS } from './limits.ts';

/** An answer on its way to the disk. */
export interface AnswerHold {
  /** Its conversation was deleted meanwhile. */
  readonly gone: AbortSignal;
  end(): void;
}

/** The answers this tab writes, by conversation; it is the only one who knows how far they are. */
export interface ConversationRuns {
  readonly here: ReadonlySignal<ReadonlySet<string>>;
  turnsOf(id: string): ReadonlySet<string>;
  /** Its conversation is deleted. */
  abort(id: string): void;
  /** Writes the answer down while it grows, until `end`. */
  follow(conversation: Conversation, turn: AssistantTurn): AnswerHold;
}

export interface RunsDeps {
  readonly keep: (conversation: Conversation) => void;
  /** Tells other tabs, until the returned function is called. */
  readonly announce: (id: string) => () => void;
  readonly settled: () => Promise<void>;
  /** The last answer in it has ended. */
  readonly onIdle: (conversation: Conversation) => void;
}

interface Run {
  readonly turns: Set<string>;
  readonly gone: AbortController;
}

export function createConversationRuns(deps: RunsDeps): ConversationRuns {
  const here = signal<ReadonlySet<string>>(new Set());
  const running = new Map<string, Run>();
  const nothing: ReadonlySet<string> = new Set();
  return {
    here,
    turnsOf: (id) => running.get(id)?.turns ?? nothing,
    abort: (id) => running.get(id)?.gone.abort(),
    follow(conversation, { id: turnId, answer }) {
      const { id } = conversation;
      const run = running.get(id) ?? { turns: new Set(), gone: new AbortController() };
      run.turns.add(turnId);
      running.set(id, run);
      here.value = new Set(running.keys());
      const release = deps.announce(id);
      deps.keep(conversation);
      let saved = answer.peek();
      const saving = setInterval(() => {
        if (answer.peek() === saved) return;
        saved = answer.peek();
        deps.keep(conversation);
      }, ANSWER_SAVE_INTERVAL_MS);
      return {
        gone: run.gone.signal,
        end() {
          clearInterval(saving);
          deps.keep(conversation);
          run.turns.delete(turnId);
          if (run.turns.size > 0) return;
          running.delete(id);
          here.value = new Set(running.keys());
          deps.onIdle(conversation);
          // Whoever reads along gets the end first, and then hears that it is one.
          void deps.settled().then(release);
        },
      };
    },
  };
}
