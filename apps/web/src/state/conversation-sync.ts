import { type ReadonlySignal, signal } from '@preact/signals';
import * as v from 'valibot';
import { ANSWERING_SILENCE_MS, ANSWERING_TELL_INTERVAL_MS, CONVERSATIONS_MAX } from './limits.ts';

const Id = v.pipe(v.string(), v.regex(/^[\w-]{22}$/));
const Message = v.variant('type', [
  /** Its record on disk is another one now. */
  v.strictObject({ type: v.literal('changed'), id: Id, revision: v.number() }),
  v.strictObject({
    type: v.literal('removed'),
    ids: v.pipe(v.array(Id), v.maxLength(CONVERSATIONS_MAX)),
  }),
  /** Sent when an answer begins, and again and again where there are no locks. */
  v.strictObject({ type: v.literal('answering'), id: Id }),
  v.strictObject({ type: v.literal('answered'), id: Id }),
  /** A tab that has just opened: whoever answers is to say so. */
  v.strictObject({ type: v.literal('who-answers') }),
]);
type Message = v.InferOutput<typeof Message>;

/** What tabs of one browser tell each other about their conversations. */
export interface ConversationSync {
  /** Conversations in which another tab is writing an answer now. */
  readonly elsewhere: ReadonlySignal<ReadonlySet<string>>;
  /** Resolves when `elsewhere` knows of the tabs that were there before. */
  look(): Promise<void>;
  tellChanged(id: string, revision: number): void;
  tellRemoved(ids: readonly string[]): void;
  /** This tab answers in it until the returned function is called, or until the tab is gone. */
  hold(id: string): () => void;
  dispose(): void;
}

export interface SyncDeps {
  /** Undefined where the browser has none: then this tab is alone. */
  readonly channel: BroadcastChannel | undefined;
  /** Undefined where there are none; denied, where a frame's storage is blocked. */
  readonly locks: LockManager | undefined;
  readonly onChanged: (id: string, revision: number) => void;
  readonly onRemoved: (ids: readonly string[]) => void;
}

const LOCK_PREFIX = 'manyhands.answering.';

export function createConversationSync(deps: SyncDeps): ConversationSync {
  const { channel, locks } = deps;
  const elsewhere = signal<ReadonlySet<string>>(new Set());
  const held = new Map<string, () => void>();
  const silences = new Map<string, ReturnType<typeof setTimeout>>();
  let isLockless = locks === undefined;

  const tell = (message: Message): void => channel?.postMessage(message);
  const forget = (id: string): void => {
    clearTimeout(silences.get(id));
    silences.delete(id);
    if (!elsewhere.value.has(id)) return;
    elsewhere.value = new Set([...elsewhere.value].filter((each) => each !== id));
  };
  /** Another tab answers. Its lock ends with it; where there is none its silence tells. */
  const note = (id: string): void => {
    const isKnown = elsewhere.value.has(id);
    if (!isKnown) elsewhere.value = new Set([...elsewhere.value, id]);
    if (isLockless) {
      clearTimeout(silences.get(id));
      silences.set(
        id,
        setTimeout(() => forget(id), ANSWERING_SILENCE_MS),
      );
    } else if (!isKnown) {
      awaitEnd(id);
    }
  };
  const awaitEnd = (id: string): void => {
    const waiting = locks?.request(LOCK_PREFIX + id, { mode: 'shared' }, () => forget(id));
    waiting?.catch(() => {
      isLockless = true;
      note(id);
    });
  };

  if (channel !== undefined) {
    channel.onmessage = ({ data }) => {
      const parsed = v.safeParse(Message, data);
      // A tab with another version of the site may say more than this one understands.
      if (!parsed.success) return;
      const message = parsed.output;
      if (message.type === 'changed') deps.onChanged(message.id, message.revision);
      else if (message.type === 'removed') deps.onRemoved(message.ids);
      else if (message.type === 'answering') note(message.id);
      else if (message.type === 'answered') forget(message.id);
      else for (const id of held.keys()) tell({ type: 'answering', id });
    };
  }

  return {
    elsewhere,
    async look() {
      tell({ type: 'who-answers' });
      try {
        const found = await locks?.query();
        for (const { name = '' } of found?.held ?? []) {
          const id = name.slice(LOCK_PREFIX.length);
          if (name.startsWith(LOCK_PREFIX) && !held.has(id)) note(id);
        }
      } catch {
        isLockless = true;
      }
    },
    tellChanged: (id, revision) => tell({ type: 'changed', id, revision }),
    tellRemoved: (ids) => {
      if (ids.length > 0) tell({ type: 'removed', ids: [...ids] });
    },
    hold(id) {
      held.get(id)?.();
      const release = holdLock(locks, id, (isDenied) => {
        isLockless ||= isDenied;
        tell({ type: 'answering', id });
      });
      const repeating = setInterval(() => {
        if (isLockless) tell({ type: 'answering', id });
      }, ANSWERING_TELL_INTERVAL_MS);
      const end = (): void => {
        if (held.get(id) !== end) return;
        held.delete(id);
        clearInterval(repeating);
        release();
        tell({ type: 'answered', id });
      };
      held.set(id, end);
      return end;
    },
    dispose() {
      for (const end of held.values()) end();
      for (const timer of silences.values()) clearTimeout(timer);
      channel?.close();
    },
  };
}

/** Tells the others once the lock is there, so that they find it held. */
function holdLock(
  locks: LockManager | undefined,
  id: string,
  onHeld: (isDenied: boolean) => void,
): () => void {
  if (locks === undefined) {
    onHeld(true);
    return () => undefined;
  }
  let release = (): void => undefined;
  const done = new Promise<void>((resolve) => {
    release = resolve;
  });
  const abort = new AbortController();
  const holding = locks.request(LOCK_PREFIX + id, { signal: abort.signal }, () => {
    onHeld(false);
    return done;
  });
  // Denied, or given up before it was there: nothing on disk depends on it.
  holding.catch(() => {
    if (!abort.signal.aborted) onHeld(true);
  });
  return () => {
    abort.abort();
    release();
  };
}
