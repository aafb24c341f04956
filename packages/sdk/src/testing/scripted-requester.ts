import type {
  Answer,
  AnswerEvent,
  AnswerRequest,
  Requester,
} from '@manyhands/peer/requester/answer';

/** A requester that tells a given story, one event at each read, and notes what it was asked. */
export interface ScriptedRequester extends Requester {
  readonly asked: AnswerRequest[];
  /** Events that were read. */
  readonly readCount: number;
  /** The reader left before the end. */
  readonly isLeft: boolean;
}

export function createScriptedRequester(events: readonly AnswerEvent[]): ScriptedRequester {
  const asked: AnswerRequest[] = [];
  let readCount = 0;
  let isLeft = false;
  return {
    asked,
    get readCount() {
      return readCount;
    },
    get isLeft() {
      return isLeft;
    },
    answer(request, signal) {
      asked.push(request);
      return {
        [Symbol.asyncIterator]: () => ({
          async next() {
            const event = events[readCount];
            readCount += 1;
            if (event === undefined) return { done: true, value: undefined };
            if (!signal?.aborted) return { done: false, value: event };
            return { done: false, value: { type: 'done', answer: answerOf('aborted', []) } };
          },
          async return() {
            isLeft = readCount < events.length;
            return { done: true, value: undefined };
          },
        }),
      };
    },
  };
}

/** Tells the first events of a story, and waits with the others for longer than any test. */
export function createWaitingRequester(events: readonly AnswerEvent[]): Requester {
  return {
    async *answer(_request, signal) {
      yield* events;
      await new Promise<void>((resolve) => {
        if (signal?.aborted) resolve();
        else signal?.addEventListener('abort', () => resolve());
      });
      yield { type: 'done', answer: answerOf('aborted', []) };
    },
  };
}

export function answerOf(
  finishReason: Answer['finishReason'],
  words: readonly string[],
  more: Partial<Answer> = {},
): Answer {
  return {
    text: words.join(''),
    tokenIds: words.map((_, index) => index),
    finishReason,
    chain: [{ peerId: 'volunteer', firstBlock: 0, endBlock: 8, embeds: true, heads: true }],
    links: [{ from: 'me', to: 'volunteer', direct: true, bytesSent: 100 }],
    stats: { promptTokens: 5, reusedTokens: 2, repairs: 1, ttftMs: 30, decodeTokensPerSecond: 40 },
    ...more,
  };
}

/** A whole answer as it is told, word for word. */
export function storyOf(
  words: readonly string[],
  finishReason: Answer['finishReason'] = 'stop',
): AnswerEvent[] {
  return [
    { type: 'routing', reason: { code: 'alone', hasChoice: false } },
    { type: 'queued', estimateMs: 700 },
    { type: 'chain', chain: [] },
    { type: 'prefill', doneTokens: 0, totalTokens: 5 },
    ...words.map((text, tokenId): AnswerEvent => ({ type: 'token', tokenId, text })),
    { type: 'done', answer: answerOf(finishReason, words) },
  ];
}
