import { createWorkerCalls } from '@manyhands/engine/worker/worker-calls';
import { watchWorker } from '@manyhands/engine/worker/worker-life';
import { createDetokenizer } from '@manyhands/model/tokenizer/detokenizer';
import type { Detokenizer } from '@manyhands/model/tokenizer/tokenizer';
import { PeerError } from '../error.ts';
import { PROMPT_WORKER_MS_MAX, PROMPT_WORKERS_MAX } from '../limits.ts';
import type { PromptText } from './prompt-coder.ts';
import { type PromptWorkerApi, wrapPromptWorker } from './prompt-comlink.ts';

/** Text of one model, to tokens and back. */
export interface OpenPromptCoder {
  /** Here, so that a token is text as soon as it comes. */
  readonly detokenizer: Detokenizer;
  /** Rejects with `ModelError`, or with `PromptCoderLost`: open another one. */
  encode(text: PromptText): Promise<Uint32Array>;
  /** Lets go of its vocabulary. */
  close(): void;
}

/** Coders in a worker: a page that reads a vocabulary of 150,000 tokens stands still for a second. */
export interface PromptCoders {
  /**
   * `header`: the verified header of a GGUF file of `fileBytes`. Rejects with `ModelError`, or with
   * `PeerError` `aborted` once it was disposed of.
   */
  open(header: Uint8Array, fileBytes: number): Promise<OpenPromptCoder>;
  dispose(): void;
}

/** The worker ended, or the coder was closed by somebody who needed the room. */
export class PromptCoderLost extends Error {
  override readonly name = 'PromptCoderLost';
}

interface PromptWorker {
  readonly api: PromptWorkerApi;
  readonly isEnded: boolean;
  /** Rejects with `PromptCoderLost` once the worker is gone. */
  orLost<Value>(answer: Promise<Value>): Promise<Value>;
  end(reason: string): void;
}

/**
 * Starts a worker when the first model is opened. Where none can be started (the policy of another
 * site's page), or where workers ended `PROMPT_WORKERS_MAX` times, the page does the same work itself.
 */
export function createPromptCoders(
  startWorker?: (name: string) => Worker | undefined,
): PromptCoders {
  let workersLeft = startWorker === undefined ? 0 : PROMPT_WORKERS_MAX;
  let current: PromptWorker | undefined;
  let lastId = 0;
  let isDisposed = false;

  const takeWorker = (): PromptWorker | undefined => {
    if (current !== undefined && !current.isEnded) return current;
    if (workersLeft === 0) return undefined;
    workersLeft -= 1;
    const name = `manyhands-prompts-${crypto.randomUUID()}`;
    const worker = startWorker?.(name);
    current = worker && drive(worker, name);
    return current;
  };

  const openInWorker = async (
    worker: PromptWorker,
    header: Uint8Array,
    fileBytes: number,
  ): Promise<OpenPromptCoder> => {
    lastId += 1;
    const id = lastId;
    let isClosed = false;
    const table = await worker.orLost(worker.api.open(id, header, fileBytes));
    return {
      detokenizer: createDetokenizer(table),
      async encode(text) {
        if (isClosed) throw new PromptCoderLost('The coder was closed.');
        return worker.orLost(worker.api.encode(id, text));
      },
      close() {
        if (isClosed) return;
        isClosed = true;
        worker.orLost(worker.api.close(id)).catch(() => undefined);
      },
    };
  };

  return {
    async open(header, fileBytes) {
      for (let worker = takeWorker(); worker !== undefined; worker = takeWorker()) {
        try {
          return await openInWorker(worker, header, fileBytes);
        } catch (error) {
          if (!(error instanceof PromptCoderLost)) throw error;
        }
      }
      // Nobody asks any more: the page is not to stand still for it.
      if (isDisposed) throw new PeerError('aborted', 'This page has stopped asking.');
      return openHere(header, fileBytes);
    },
    dispose() {
      isDisposed = true;
      workersLeft = 0;
      current?.end('it was disposed of');
    },
  };
}

/** In a chunk of its own, which hardly any page loads. */
async function openHere(header: Uint8Array, fileBytes: number): Promise<OpenPromptCoder> {
  const { createPromptCoder } = await import('./prompt-coder.ts');
  const { tokenizer, encode } = createPromptCoder(header, fileBytes);
  return { detokenizer: tokenizer, encode, close: () => undefined };
}

function drive(worker: Worker, name: string): PromptWorker {
  const api = wrapPromptWorker(worker);
  const calls = createWorkerCalls();
  const end = (reason: string): void => {
    calls.end(new PromptCoderLost(`The worker that reads prompts stopped: ${reason}.`));
    worker.terminate();
  };
  watchWorker(worker, name, api.whenWatched(), end);
  return {
    api,
    get isEnded() {
      return calls.ended !== undefined;
    },
    orLost(answer) {
      // Where locks are denied, nothing else tells that it is gone.
      const timer = setTimeout(() => end('it did not answer'), PROMPT_WORKER_MS_MAX);
      return calls.orGone(answer).finally(() => clearTimeout(timer));
    },
    end,
  };
}
