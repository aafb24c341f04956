import type { AnswerEvent } from '@manyhands/peer/requester/answer';
import type { Progress } from '../../types/manyhands.d.ts';

/** What of an answer's events is progress, for `onProgress`. */
export function progressOf(event: AnswerEvent): Progress | undefined {
  switch (event.type) {
    case 'routing':
    case 'waiting':
      return { type: event.type, reason: event.reason };
    case 'prediction':
      return { type: 'prediction', reason: event.reason, msPerToken: event.predictedMs };
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
