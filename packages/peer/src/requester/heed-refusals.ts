import { SwarmError } from '@manyhands/swarm/error';
import type { RelayLink } from '@manyhands/swarm/relay-link';
import { reportError } from '../error-report.ts';
import type { AnswerEvent, Requester } from './answer.ts';

/**
 * A requester whose answers fail at once, with the relay's own reason, where the relay says that the
 * embedding site has asked enough; it would otherwise wait for a directory that does not come.
 */
export function heedRefusals(requester: Requester, relay: Pick<RelayLink, 'onRefused'>): Requester {
  return {
    async *answer(request, signal) {
      const abort = new AbortController();
      let refusal: SwarmError | undefined;
      const stopListening = relay.onRefused(({ code, message }) => {
        if (code !== 'embed-busy') return;
        refusal = new SwarmError(code, message);
        abort.abort(refusal);
      });
      const signals = signal === undefined ? [] : [signal];
      try {
        for await (const event of requester.answer(
          request,
          AbortSignal.any([...signals, abort.signal]),
        )) {
          yield refusal === undefined ? event : refused(event, refusal);
        }
      } finally {
        stopListening();
      }
    },
  };
}

function refused(event: AnswerEvent, refusal: SwarmError): AnswerEvent {
  if (event.type !== 'done') return event;
  return {
    ...event,
    answer: { ...event.answer, finishReason: 'failed', error: reportError(refusal) },
  };
}
