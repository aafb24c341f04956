import { registerErrors } from '@manyhands/engine/worker/comlink-errors';
import type { TokenTable } from '@manyhands/model/tokenizer/detokenizer';
import * as Comlink from 'comlink';
import type { PromptText } from './prompt-coder.ts';

/** What the worker of `prompt-worker` does for its page. Errors keep their codes. */
export interface PromptWorkerApi {
  /** Resolves when the worker's end would be noticed, see `worker-life`. */
  whenWatched(): Promise<void>;
  /** Makes the coder of one model, which later calls name by the same number. */
  open(coder: number, header: Uint8Array, fileBytes: number): Promise<TokenTable>;
  encode(coder: number, text: PromptText): Promise<Uint32Array>;
  /** Lets go of its vocabulary. */
  close(coder: number): Promise<void>;
}

/** Serves it to the page that started this worker. Tables are transferred. */
export function exposePromptWorker(api: PromptWorkerApi): void {
  registerErrors();
  const served: PromptWorkerApi = {
    ...api,
    async open(...options) {
      const table = await api.open(...options);
      return Comlink.transfer(table, [table.bytes.buffer, table.ends.buffer]);
    },
  };
  Comlink.expose(served);
}

/** The worker as the page calls it. Calls never settle once it is gone. */
export function wrapPromptWorker(worker: Worker): PromptWorkerApi {
  registerErrors();
  const remote = Comlink.wrap<PromptWorkerApi>(worker);
  return {
    whenWatched: () => remote.whenWatched(),
    // Copied rather than moved: if the worker fails, the page needs the header.
    open: (...options) => remote.open(...options),
    encode: (coder, text) => remote.encode(coder, text),
    close: (coder) => remote.close(coder),
  };
}
