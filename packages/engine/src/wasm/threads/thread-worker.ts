import { createKernelInstance } from '../kernels.ts';
import { createCallList } from './call-list.ts';
import { CONTROL, controlAt } from './control.ts';
import type { HelperStart } from './helper-start.ts';
import { waitWhile } from './wait.ts';

// One more thread of a stage: it gets no message after its first, and ends when it is terminated.
self.onmessage = ({ data }: MessageEvent<HelperStart>) => {
  const { module, memory, control: address, helper } = data;
  const kernels = createKernelInstance(module, memory);
  const { words, list } = controlAt(memory, address);
  const calls = createCallList(kernels, list(helper));
  let round = Atomics.load(words, CONTROL.round);
  self.postMessage('ready');
  for (;;) {
    waitWhile(words, CONTROL.round, round);
    round = Atomics.load(words, CONTROL.round);
    try {
      calls.run();
    } catch {
      Atomics.add(words, CONTROL.failed, 1);
    }
    Atomics.sub(words, CONTROL.pending, 1);
    Atomics.notify(words, CONTROL.pending);
  }
};
