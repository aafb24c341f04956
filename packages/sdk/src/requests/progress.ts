import type { AnswerEvent } from '@manyhands/peer/requester/answer';
import { writeChainReason } from '@manyhands/peer/requester/chain-sentence';
import type { Progress } from '../../types/manyhands.d.ts';

/** What of an answer's events is progress, for `onProgress`. */
export function progressOf(event: AnswerEvent): Progress | undefined {
  switch (event.type) {
    case 'routing':
      return { type: 'routing', reason: writeChainReason(event.reason) };
    case 'waiting':
      return { type: 'waiting', reason: event.missing.message };
    case 'prediction': {
      const reason = writeChainReason(event.reason);
      return { type: 'prediction', reason, msPerToken: event.predictedMs };
    }
    case 'queued':
      return { type: 'queued', estimateMs: event.estimateMs };
    case 'prefill':
      return { type: 'prefill', doneTokens: event.doneTokens, totalTokens: event.totalTokens };
    case 'repair':
      return { type: 'repair', attempt: event.attempt, reason: event.reason.message };
    case 'chain':
    case 'token':
    case 'done':
      return undefined;
    default:
      return event satisfies never;
  }
}
