import { holdLifeLock } from '@manyhands/engine/worker/worker-life';
import { createTokenTable } from '@manyhands/model/tokenizer/detokenizer';
import { createPromptCoder, type PromptCoder } from './prompt-coder.ts';
import { exposePromptWorker } from './prompt-comlink.ts';

const lock = holdLifeLock(self.name);
const coders = new Map<number, PromptCoder>();

exposePromptWorker({
  whenWatched: () => lock,
  async open(id, header, fileBytes) {
    // Computing first would keep the page from noticing that this worker did not survive it.
    await lock;
    const coder = createPromptCoder(header, fileBytes);
    coders.set(id, coder);
    return createTokenTable(coder.tokenizer);
  },
  async encode(id, text) {
    const coder = coders.get(id);
    // The page asks for none that it did not open.
    if (coder === undefined) throw new RangeError(`There is no coder ${id}.`);
    return coder.encode(text);
  },
  async close(id) {
    coders.delete(id);
  },
});
