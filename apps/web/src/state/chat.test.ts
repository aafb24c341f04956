import type { Answer, AnswerEvent } from '@manyhands/peer/requester/answer';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { catalogEntry, MODEL_ROOT } from '../testing/catalog-entry.ts';
import { createSiteDouble } from '../testing/site-double.ts';
import type { Chat } from './chat.ts';
import { createMemoryDatabase } from './conversation-database.ts';
import { STOP_TIMEOUT_MS } from './limits.ts';

const answered = (text: string, changes: Partial<Answer> = {}): AnswerEvent => ({
  type: 'done',
  answer: {
    text,
    tokenIds: [1],
    finishReason: 'stop',
    chain: [],
    links: [],
    stats: { promptTokens: 3, repairs: 0 },
    ...changes,
  },
});

function lastAnswer(chat: Chat) {
  const turn = chat.turns.value.at(-1);
  if (turn?.role !== 'assistant') throw new Error('The last turn is no answer.');
  return turn.answer.value;
}

const settled = (chat: Chat) => vi.waitFor(() => expect(chat.isAnswering.value).toBe(false));

afterEach(() => void vi.useRealTimers());

describe('a conversation', () => {
  it('asks the chosen model with the whole conversation and keeps both over a reload', async () => {
    const database = createMemoryDatabase();
    const { site, peer, sessionStorage } = await createSiteDouble({
      database,
      answer: async function* () {
        yield { type: 'token', tokenId: 1, text: 'Hi' };
        yield answered('Hi');
      },
    });
    const { chat } = site;
    expect(chat.send('Hello')).toBe(true);
    await settled(chat);
    expect(chat.send('Again')).toBe(true);
    await settled(chat);
    expect(peer.requests[1]).toMatchObject({
      modelRoot: MODEL_ROOT,
      tokensMax: 256,
      input: {
        messages: [
          { role: 'user', content: 'Hello' },
          { role: 'assistant', content: 'Hi' },
          { role: 'user', content: 'Again' },
        ],
      },
    });
    site.leave();
    await site.conversations.settled();
    const { site: reloaded } = await createSiteDouble({ database, sessionStorage });
    const said = reloaded.chat.turns.value.map((turn) =>
      turn.role === 'user' ? turn.text : turn.answer.value.text,
    );
    expect(said).toEqual(['Hello', 'Hi', 'Again', 'Hi']);
  });

  it('asks nothing while there is nothing to ask, no model, a wrong setting or an answer running', async () => {
    const { site, peer } = await createSiteDouble({
      entries: [catalogEntry({ status: 'failed' })],
    });
    expect(site.chat.send('Hello')).toBe(false);
    const { site: ready } = await createSiteDouble({ answer: () => endless() });
    expect(ready.chat.send(' \n')).toBe(false);
    expect(ready.chat.send('x'.repeat(32_001))).toBe(false);
    ready.chat.changeDraft({ temperature: 'hot' });
    expect(ready.chat.send('Hello')).toBe(false);
    ready.chat.resetDraft();
    expect(ready.chat.send('Hello')).toBe(true);
    expect(ready.chat.send('Hello')).toBe(false);
    expect(peer.requests).toEqual([]);
    ready.chat.stop();
  });

  it('keeps the partial text of a failed answer, and a second try stands in its place', async () => {
    let tries = 0;
    const { site, peer } = await createSiteDouble({
      answer: async function* () {
        tries += 1;
        yield { type: 'token', tokenId: 1, text: 'Half' };
        const error = { code: 'chain-lost', message: 'Gone.' };
        yield tries === 1
          ? answered('Half', { finishReason: 'failed', error })
          : answered('Half and whole');
      },
    });
    const { chat } = site;
    chat.send('Hello');
    await settled(chat);
    expect(lastAnswer(chat)).toMatchObject({ text: 'Half', error: { code: 'chain-lost' } });
    chat.regenerate();
    await settled(chat);
    expect(chat.turns.value).toHaveLength(2);
    expect(lastAnswer(chat).text).toBe('Half and whole');
    const [, second] = chat.turns.value;
    expect(chat.branches(second?.id ?? '')).toMatchObject({ index: 1, ids: { length: 2 } });
    chat.showBranch(second?.id ?? '', -1);
    expect(lastAnswer(chat).text).toBe('Half');
    expect(peer.requests[1]?.input).toEqual(peer.requests[0]?.input);
  });

  it('can answer the last question without what was said before', async () => {
    const { site, peer } = await createSiteDouble({
      answer: async function* () {
        yield answered('ok');
      },
    });
    site.chat.send('One');
    await settled(site.chat);
    site.chat.send('Two');
    await settled(site.chat);
    site.chat.regenerate({ withoutHistory: true });
    await settled(site.chat);
    expect(peer.requests[2]?.input).toEqual({ messages: [{ role: 'user', content: 'Two' }] });
  });

  it('turns what a requester throws, and an answer without an end, into a failed answer', async () => {
    const thrown = await createSiteDouble({
      answer: () => {
        throw Object.assign(new Error('No path.'), { code: 'peer-unreachable' });
      },
    });
    thrown.site.chat.send('Hello');
    await settled(thrown.site.chat);
    expect(lastAnswer(thrown.site.chat).error).toEqual({
      code: 'peer-unreachable',
      message: 'No path.',
    });
    const silent = await createSiteDouble();
    silent.site.chat.send('Hello');
    await settled(silent.site.chat);
    expect(lastAnswer(silent.site.chat)).toMatchObject({ error: { code: 'internal' } });
  });
});

describe('branches', () => {
  const echo: Parameters<typeof createSiteDouble>[0] = {
    answer: async function* ({ input }) {
      const asked = 'messages' in input ? input.messages.map(({ content }) => content) : [];
      yield answered(`to ${asked.join(', ')}`);
    },
  };
  const shown = ({ turns }: Chat): string[] =>
    turns.value.map((turn) => (turn.role === 'user' ? turn.text : turn.answer.value.text));

  it('grow from an edited question, which is asked with what led to it', async () => {
    const { site, peer } = await createSiteDouble(echo);
    const { chat } = site;
    for (const text of ['One', 'Two', 'Three']) {
      chat.send(text);
      await settled(chat);
    }
    const two = chat.turns.value[2];
    expect(chat.edit(two?.id ?? '', '2')).toBe(true);
    await settled(chat);
    expect(shown(chat)).toEqual(['One', 'to One', '2', 'to One, to One, 2']);
    expect(peer.requests.at(-1)?.input).toMatchObject({
      messages: [{ content: 'One' }, { content: 'to One' }, { content: '2' }],
    });
    // Back on the older branch, at its end.
    chat.showBranch(chat.turns.value[2]?.id ?? '', -1);
    expect(shown(chat)).toHaveLength(6);
    expect(shown(chat)[4]).toBe('Three');
    // An answer in the middle, once more.
    chat.regenerate({ turnId: chat.turns.value[1]?.id ?? '' });
    await settled(chat);
    expect(shown(chat)).toEqual(['One', 'to One']);
    expect(site.conversations.current.value.state.value.turns).toHaveLength(9);
  });

  it('go on behind an answer that was cut off, and keep it', async () => {
    let tries = 0;
    const { site, peer } = await createSiteDouble({
      answer: async function* () {
        tries += 1;
        yield tries === 1 ? answered('The sky is', { finishReason: 'length' }) : answered(' blue.');
      },
    });
    const { chat } = site;
    chat.send('Why?');
    await settled(chat);
    const cut = chat.turns.value[1];
    chat.goOn(cut?.id ?? '');
    await settled(chat);
    expect(peer.requests[1]?.input).toMatchObject({ answerStart: 'The sky is' });
    expect(shown(chat)).toEqual(['Why?', 'The sky is blue.']);
    expect(chat.branches(cut?.id ?? '').ids).toHaveLength(2);
  });

  it('and conversations have a system prompt each', async () => {
    const { site, peer } = await createSiteDouble(echo);
    const { chat, conversations } = site;
    chat.changeDraft({ systemPrompt: 'Be brief.' });
    chat.send('One');
    await settled(chat);
    chat.changeDraft({ systemPrompt: 'Be long.' });
    const first = conversations.current.value.id;
    chat.clear();
    expect(chat.draft.value.systemPrompt).toBe('Be brief.');
    conversations.open(first);
    chat.send('Two');
    await settled(chat);
    expect(peer.requests.at(-1)?.input).toMatchObject({
      messages: [{ role: 'system', content: 'Be long.' }, {}, {}, { content: 'Two' }],
    });
  });
});

describe('Stop', () => {
  it('passes the signal on and keeps what was written', async () => {
    const { site } = await createSiteDouble({
      answer: async function* (_request, signal) {
        yield { type: 'token', tokenId: 1, text: 'So far' };
        await new Promise((resolve) => signal?.addEventListener('abort', resolve));
        yield answered('So far', { finishReason: 'aborted' });
      },
    });
    site.chat.send('Hello');
    await vi.waitFor(() => expect(lastAnswer(site.chat).text).toBe('So far'));
    site.chat.stop();
    await settled(site.chat);
    expect(lastAnswer(site.chat)).toMatchObject({ text: 'So far', finishReason: 'aborted' });
  });

  it('ends the answer in bounded time when the requester does not react', async () => {
    const { site } = await createSiteDouble({ answer: () => endless() });
    vi.useFakeTimers();
    site.chat.send('Hello');
    site.chat.stop();
    await vi.advanceTimersByTimeAsync(STOP_TIMEOUT_MS);
    expect(site.chat.isAnswering.value).toBe(false);
    expect(lastAnswer(site.chat)).toMatchObject({ phase: 'done', finishReason: 'aborted' });
  });

  it('of the conversation before leaves the next one alone', async () => {
    const { site } = await createSiteDouble({ answer: () => endless() });
    site.chat.send('Hello');
    site.chat.clear();
    expect(site.chat.turns.value).toEqual([]);
    expect(site.chat.send('Next')).toBe(true);
    expect(site.chat.isAnswering.value).toBe(true);
    site.chat.stop();
  });
});

async function* endless(): AsyncIterable<AnswerEvent> {
  await new Promise(() => undefined);
  yield answered('never');
}
