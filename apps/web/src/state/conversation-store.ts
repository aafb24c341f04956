import { signal } from '@preact/signals';
import * as v from 'valibot';
import { type AnswerView, endAnswer } from './answer-view.ts';
import type { Turn } from './conversation.ts';
import { ANSWER_CHARS_MAX, CONVERSATION_CHARS_MAX, NOTICES_MAX, TURNS_MAX } from './limits.ts';
import { readStored, writeStored } from './stored.ts';

const Text = (charsMax: number) => v.pipe(v.string(), v.maxLength(charsMax));
const Count = v.pipe(v.number(), v.minValue(0));
const PeerId = Text(64);
const Report = v.strictObject({ code: Text(64), message: Text(2_000) });
const Recovery = v.strictObject({
  ...Report.entries,
  peerIds: v.pipe(v.array(PeerId), v.maxLength(64)),
  atMs: Count,
  durationMs: v.exactOptional(Count),
});

const Answer = v.strictObject({
  phase: v.literal('done'),
  text: Text(ANSWER_CHARS_MAX),
  tokenCount: Count,
  routingReason: v.exactOptional(Text(2_000)),
  predictedMs: v.exactOptional(Count),
  prefill: v.exactOptional(v.strictObject({ doneTokens: Count, totalTokens: Count })),
  chain: v.pipe(
    v.array(
      v.strictObject({
        peerId: PeerId,
        firstBlock: Count,
        endBlock: Count,
        embeds: v.boolean(),
        heads: v.boolean(),
      }),
    ),
    v.maxLength(64),
  ),
  links: v.pipe(
    v.array(
      v.strictObject({
        from: PeerId,
        to: PeerId,
        direct: v.boolean(),
        path: v.exactOptional(v.picklist(['direct', 'turn', 'relay'])),
        bytesSent: Count,
      }),
    ),
    v.maxLength(256),
  ),
  repairs: v.pipe(v.array(Recovery), v.maxLength(NOTICES_MAX)),
  finishReason: v.exactOptional(
    v.picklist(['stop', 'stop-string', 'length', 'context', 'aborted', 'failed']),
  ),
  error: v.exactOptional(Report),
  stats: v.exactOptional(
    v.strictObject({
      promptTokens: Count,
      reusedTokens: v.exactOptional(Count),
      ttftMs: v.exactOptional(Count),
      decodeTokensPerSecond: v.exactOptional(Count),
      prefillTokensPerSecond: v.exactOptional(Count),
      repairs: Count,
    }),
  ),
});

const StoredTurns = v.pipe(
  v.array(
    v.variant('role', [
      v.strictObject({ role: v.literal('user'), id: Count, text: Text(ANSWER_CHARS_MAX) }),
      v.strictObject({
        role: v.literal('assistant'),
        id: Count,
        modelName: Text(200),
        answer: Answer,
      }),
    ]),
  ),
  v.maxLength(TURNS_MAX),
);

/** The conversation of this tab before a reload, or nothing. */
export function readConversation(storage: Storage | undefined, key: string): readonly Turn[] {
  const stored = readStored(storage, key, StoredTurns) ?? [];
  return stored.map((turn) =>
    turn.role === 'user' ? turn : { ...turn, answer: signal<AnswerView>(turn.answer) },
  );
}

/** Keeps the conversation over a reload of this tab; a very long one is not kept. */
export function writeConversation(
  storage: Storage | undefined,
  key: string,
  turns: readonly Turn[],
): void {
  const plain = turns.map((turn) =>
    turn.role === 'user' ? turn : { ...turn, answer: settle(turn.answer.value) },
  );
  const chars = turns.reduce(
    (sum, turn) => sum + (turn.role === 'user' ? turn.text : turn.answer.value.text).length,
    0,
  );
  const isKept = turns.length > 0 && chars <= CONVERSATION_CHARS_MAX;
  writeStored(storage, key, isKept ? plain : undefined);
}

/** An answer cut off by the reload itself is kept as one that was stopped. */
function settle(answer: AnswerView): AnswerView {
  return endAnswer(answer, 'aborted');
}
