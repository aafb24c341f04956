import { reportError } from '@manyhands/peer/error-report';
import type { AnswerEvent, AnswerRequest } from '@manyhands/peer/requester/answer';
import type { Signal } from '@preact/signals';
import { type AnswerView, endAnswer, reduceAnswer } from './answer-view.ts';
import type { Connection } from './connection.ts';
import { RENDER_INTERVAL_MS, STOP_TIMEOUT_MS } from './limits.ts';

/** The events of an answer, from a peer that is opened for it where there is none. */
export async function* askPeer(
  connection: Connection,
  request: AnswerRequest,
  abort: AbortSignal,
): AsyncIterable<AnswerEvent> {
  const peer = await connection.peer();
  yield* peer.requester.answer(request, abort);
}

/**
 * Folds events into the view, redrawing at most once per interval however fast tokens arrive. Text that
 * stands in the view already is gone on with. Every way out leaves the view `done`.
 */
export async function followAnswer(
  view: Signal<AnswerView>,
  events: AsyncIterable<AnswerEvent>,
  abort: AbortSignal,
): Promise<void> {
  const { text: start } = view.value;
  let next: AnswerView = { ...view.value, text: '' };
  let timer: ReturnType<typeof setTimeout> | undefined;
  const publish = (): void => {
    clearTimeout(timer);
    timer = undefined;
    view.value = start === '' ? next : { ...next, text: start + next.text };
  };
  const fold = async (): Promise<void> => {
    for await (const event of events) {
      // Given up on: what arrives later must not change an answer the person has seen end.
      if (next.phase === 'done') return;
      if (event.type === 'done' && next.phase === 'writing') {
        // Drawn apart: the last words above it and what an end adds below it would both push the chain.
        publish();
        await new Promise((resolve) => setTimeout(resolve, RENDER_INTERVAL_MS));
      }
      next = reduceAnswer(next, event, Date.now());
      if (event.type === 'token') timer ??= setTimeout(publish, RENDER_INTERVAL_MS);
      else publish();
    }
    next = endAnswer(next, 'failed', { code: 'internal', message: 'The answer ended early.' });
  };
  try {
    await Promise.race([fold(), giveUpAfter(abort)]);
    next = endAnswer(next, 'aborted');
  } catch (cause) {
    const error = reportError(cause);
    next = abort.aborted ? endAnswer(next, 'aborted') : endAnswer(next, 'failed', error);
  }
  publish();
}

/** Resolves when Stop was pressed and the requester had its time to finish. */
function giveUpAfter(abort: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wait = (): void => void setTimeout(resolve, STOP_TIMEOUT_MS);
    if (abort.aborted) wait();
    else abort.addEventListener('abort', wait, { once: true });
  });
}
