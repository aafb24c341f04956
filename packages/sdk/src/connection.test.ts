import type { RequesterPeer } from '@manyhands/peer/create-requester-peer';
import { expect, test } from 'vitest';
import { createConnection } from './connection.ts';
import { createChatCompletions } from './requests/chat.ts';
import { createWaitingRequester, storyOf } from './testing/scripted-requester.ts';

const BODY = { model: 'm', messages: [{ role: 'user' as const, content: 'hi' }], stream: true };
const relay = 'https://relay.example';

/** Its volunteers are gone, and an answer waits minutes for others. */
function open() {
  let disposals = 0;
  const peer = {
    requester: createWaitingRequester(storyOf(['Many']).slice(0, 5)),
    embedder: {
      embed: (_texts, { signal }) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason));
        }),
    },
    dispose: () => {
      disposals += 1;
    },
  } satisfies Partial<RequesterPeer>;
  const connection = createConnection({ relay }, async () => peer as unknown as RequesterPeer);
  return { connection, disposals: () => disposals };
}

test('closing ends what runs', async () => {
  const { connection, disposals } = open();
  const { create } = createChatCompletions({
    models: { find: async () => 'ab'.repeat(32) },
    requester: async () => (await connection.peer()).requester,
  });
  const stream = await create({ ...BODY, stream: true });
  const embedded = (await connection.peer()).embedder.embed(['x'], { modelRoot: 'cd' });
  const reading = (async () => {
    for await (const _ of stream);
  })();
  connection.close();
  await Promise.all([
    expect(reading).rejects.toMatchObject({ code: 'aborted' }),
    expect(embedded).rejects.toMatchObject({ name: 'AbortError' }),
  ]);
  await expect(connection.peer()).rejects.toMatchObject({ code: 'closed' });
  expect(disposals()).toBe(1);
});

test('closing while it connects lets nobody ask', async () => {
  const { connection, disposals } = open();
  const connecting = connection.peer();
  connection.close();
  await expect(connecting).rejects.toMatchObject({ code: 'closed' });
  expect(disposals()).toBe(1);
});
