import { createTinyModel } from '@manyhands/testkit/tiny-model';
import { afterEach, expect, it } from 'vitest';
import { PROMPT_WORKERS_MAX } from '../limits.ts';
import { createPromptCoder, type PromptText } from './prompt-coder.ts';
import { createPromptCoders, PromptCoderLost, type PromptCoders } from './prompt-coders.ts';
import { startPromptWorker } from './start-prompt-worker.ts';

const HEADER = createTinyModel({ vocabSize: 2_000, mergesMax: 1_000 });
const TEXTS: readonly PromptText[] = [
  { rawText: ' the other one <|im_end|> 日本' },
  { messages: [{ role: 'user', content: 'hello <|im_end|>' }], answerStart: 'he' },
];
const here = createPromptCoder(HEADER, HEADER.length);
const expected = () => Promise.all(TEXTS.map((text) => here.encode(text)));

const made: PromptCoders[] = [];
const workers: Worker[] = [];
function create(start: (name: string) => Worker | undefined): PromptCoders {
  const coders = createPromptCoders((name) => {
    const worker = start(name);
    if (worker !== undefined) workers.push(worker);
    return worker;
  });
  made.push(coders);
  return coders;
}
afterEach(() => {
  for (const coders of made.splice(0)) coders.dispose();
  workers.length = 0;
});

it('reads prompts in a worker as the page would', async () => {
  const coders = create(startPromptWorker);
  const coder = await coders.open(HEADER, HEADER.length);
  expect(await Promise.all(TEXTS.map(coder.encode))).toEqual(await expected());
  const { detokenizer } = coder;
  expect(detokenizer.vocabSize).toBe(2_000);
  expect(detokenizer.decodeToken(300)).toEqual(here.tokenizer.decodeToken(300));
  // One worker for all models, and the header is still the page's.
  const again = await coders.open(HEADER, HEADER.length);
  expect(await again.encode({ rawText: 'a' })).toEqual(await here.encode({ rawText: 'a' }));
  expect(workers).toHaveLength(1);
  coder.close();
  await expect(coder.encode({ rawText: 'a' })).rejects.toBeInstanceOf(PromptCoderLost);
  expect(await again.encode({ rawText: 'b' })).toEqual(await here.encode({ rawText: 'b' }));
});

it('keeps the code of what is wrong with a model', async () => {
  const coders = create(startPromptWorker);
  const short = HEADER.slice(0, 900);
  await expect(coders.open(short, HEADER.length)).rejects.toMatchObject({
    name: 'ModelError',
    code: 'truncated',
  });
});

it('starts another worker after one ended, and says whose words were lost', async () => {
  const coders = create(startPromptWorker);
  const coder = await coders.open(HEADER, HEADER.length);
  workers[0]?.terminate();
  await expect(coder.encode({ rawText: 'a' })).rejects.toBeInstanceOf(PromptCoderLost);
  const again = await coders.open(HEADER, HEADER.length);
  expect(await again.encode({ rawText: 'a' })).toEqual(await here.encode({ rawText: 'a' }));
  expect(workers).toHaveLength(2);
});

it('computes nothing in a page that stops asking while a model is opened', async () => {
  const coders = create(startPromptWorker);
  const opening = coders.open(HEADER, HEADER.length);
  coders.dispose();
  await expect(opening).rejects.toMatchObject({ code: 'aborted' });
  await expect(coders.open(HEADER, HEADER.length)).rejects.toMatchObject({ code: 'aborted' });
});

it.each([
  ['no worker may be started', () => undefined, 0],
  [
    'workers fail',
    (name: string) => new Worker('/no-such-script.js', { type: 'module', name }),
    PROMPT_WORKERS_MAX,
  ],
] as const)('does it in the page where %s', async (_, start, count) => {
  const coder = await create(start).open(HEADER, HEADER.length);
  expect(await Promise.all(TEXTS.map(coder.encode))).toEqual(await expected());
  expect(workers).toHaveLength(count);
});
