import type { FromRelayOf } from '@manyhands/protocol/relay-message';
import { describe, expect, it } from 'vitest';
import type { Answer, AnswerEvent, Requester } from './answer.ts';
import { heedRefusals } from './heed-refusals.ts';

type Refused = FromRelayOf<'refused'>;

/** Answers never, until it is aborted. */
const waiting: Requester = {
  async *answer(_, signal) {
    const nothing = { missingBlocks: [], missesEmbedding: false, missesHead: false };
    yield {
      type: 'waiting',
      missing: { code: 'no-volunteers', ...nothing, message: 'Nobody is known.' },
    };
    await expect.poll(() => signal?.aborted).toBe(true);
    const answer = { text: '', finishReason: 'aborted' } as unknown as Answer;
    yield { type: 'done', answer };
  },
};

function setUp() {
  const handlers = new Set<(refused: Refused) => void>();
  const requester = heedRefusals(waiting, {
    onRefused(handler) {
      handlers.add(handler);
      return () => handlers.delete(handler);
    },
  });
  const refuse = (code: Refused['code']) => {
    for (const handler of handlers)
      handler({ type: 'refused', code, message: 'No.', fatal: false });
  };
  return { requester, handlers, refuse };
}

async function lastOf(events: AsyncIterable<AnswerEvent>, onFirst: () => void) {
  let last: AnswerEvent | undefined;
  for await (const event of events) {
    if (last === undefined) onFirst();
    last = event;
  }
  return last;
}

describe('a refusal by the relay', () => {
  it('ends an answer at once with its reason', async () => {
    const { requester, handlers, refuse } = setUp();
    const events = requester.answer({} as never);
    const last = await lastOf(events, () => refuse('embed-busy'));
    expect(last).toMatchObject({
      answer: { finishReason: 'failed', error: { code: 'embed-busy', message: 'No.' } },
    });
    expect(handlers.size).toBe(0);
  });

  it('of something else changes nothing, and Stop stays a stop', async () => {
    const { requester, refuse } = setUp();
    const abort = new AbortController();
    const last = await lastOf(requester.answer({} as never, abort.signal), () => {
      refuse('stale-entry');
      abort.abort();
    });
    expect(last).toMatchObject({ answer: { finishReason: 'aborted' } });
  });
});
