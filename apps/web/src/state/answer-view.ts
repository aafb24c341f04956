import type { ErrorReport } from '@manyhands/peer/error-report';
import type {
  AnswerEvent,
  AnswerStats,
  ChainLink,
  ChainStage,
  FinishReason,
} from '@manyhands/peer/requester/answer';
import { formatCount, formatDuration, formatPlural, formatTokenRate } from './format.ts';
import { NOTICES_MAX } from './limits.ts';

/** One answer as the conversation shows it. */
export interface AnswerView {
  readonly phase: 'routing' | 'queued' | 'prefill' | 'writing' | 'repairing' | 'done';
  readonly text: string;
  readonly tokenCount: number;
  /** Why this chain, in the planner's words. */
  readonly routingReason?: string;
  readonly prefill?: { readonly doneTokens: number; readonly totalTokens: number };
  /** While all volunteers are busy: after about how long it is this answer's turn. */
  readonly queuedMs?: number;
  readonly chain: readonly ChainStage[];
  readonly links: readonly ChainLink[];
  /** Why chains were rebuilt. */
  readonly repairs: readonly ErrorReport[];
  readonly finishReason?: FinishReason;
  readonly error?: ErrorReport;
  readonly stats?: AnswerStats;
}

export const NEW_ANSWER: AnswerView = {
  phase: 'routing',
  text: '',
  tokenCount: 0,
  chain: [],
  links: [],
  repairs: [],
};

/** What an event makes of an answer. Pure: a conversation is its events folded. */
export function reduceAnswer(view: AnswerView, event: AnswerEvent): AnswerView {
  switch (event.type) {
    case 'routing':
      return { ...view, phase: 'routing', routingReason: event.reason };
    case 'queued':
      return { ...view, phase: 'queued', queuedMs: event.estimateMs };
    case 'chain':
      return { ...view, phase: 'prefill', chain: event.chain };
    case 'prefill': {
      const { doneTokens, totalTokens } = event;
      return { ...view, phase: 'prefill', prefill: { doneTokens, totalTokens } };
    }
    case 'token':
      return {
        ...view,
        phase: 'writing',
        text: view.text + event.text,
        tokenCount: view.tokenCount + 1,
      };
    case 'repair':
      return {
        ...view,
        phase: 'repairing',
        repairs: [...view.repairs, event.reason].slice(-NOTICES_MAX),
      };
    case 'done': {
      const { answer } = event;
      return {
        ...view,
        phase: 'done',
        text: answer.text,
        tokenCount: answer.tokenIds.length,
        chain: answer.chain.length > 0 ? answer.chain : view.chain,
        links: answer.links,
        finishReason: answer.finishReason,
        stats: answer.stats,
        ...(answer.error === undefined ? {} : { error: answer.error }),
      };
    }
    default:
      return event satisfies never;
  }
}

/** An answer that ended without a `done` event: the requester threw, or Stop was not obeyed in time. */
export function endAnswer(
  view: AnswerView,
  finishReason: 'aborted' | 'failed',
  error?: ErrorReport,
): AnswerView {
  if (view.phase === 'done') return view;
  return { ...view, phase: 'done', finishReason, ...(error === undefined ? {} : { error }) };
}

/** What is going on until text arrives, and again while a chain is repaired. */
export function describeAnswerPhase(view: AnswerView): string {
  switch (view.phase) {
    case 'routing':
      return 'Choosing volunteers…';
    case 'queued':
      return `Everybody is busy: waiting, about ${formatDuration(view.queuedMs ?? 0)}…`;
    case 'prefill': {
      const { prefill } = view;
      return prefill === undefined || prefill.totalTokens === 0
        ? `Connecting to ${formatPlural(view.chain.length, 'volunteer')}…`
        : `Reading the conversation… ${formatCount(prefill.doneTokens)} of ${formatPlural(prefill.totalTokens, 'token')}`;
    }
    case 'writing':
      return 'Writing…';
    case 'repairing':
      return 'A volunteer left. Rebuilding the chain; nothing is lost…';
    case 'done':
      return describeFinish(view);
    default:
      return view.phase satisfies never;
  }
}

function describeFinish(view: AnswerView): string {
  switch (view.finishReason) {
    case 'aborted':
      return 'Stopped.';
    case 'failed':
      return 'Not finished.';
    case 'length':
      return 'Cut off at the maximum length.';
    case 'context':
      return "Cut off: the model's context is full.";
    case 'stop':
    case 'stop-string':
    case undefined:
      return `Answered in ${formatPlural(view.tokenCount, 'token')}.`;
    default:
      return view.finishReason satisfies never;
  }
}

/** `24 tokens · 12.4 tokens/s · first token after 320 ms · 48 prompt tokens · 1 repair`. */
export function describeStats(view: AnswerView): string {
  const { stats } = view;
  const parts = view.tokenCount > 0 ? [formatPlural(view.tokenCount, 'token')] : [];
  if (stats?.decodeTokensPerSecond !== undefined && Number.isFinite(stats.decodeTokensPerSecond)) {
    parts.push(formatTokenRate(stats.decodeTokensPerSecond));
  }
  if (stats?.ttftMs !== undefined) parts.push(`first token after ${formatDuration(stats.ttftMs)}`);
  if (stats !== undefined && stats.promptTokens > 0) {
    const reused = stats.reusedTokens ?? 0;
    const remembered = reused > 0 ? `, ${reused} of them remembered` : '';
    parts.push(`${formatPlural(stats.promptTokens, 'prompt token')}${remembered}`);
  }
  const repairs = Math.max(stats?.repairs ?? 0, view.repairs.length);
  if (repairs > 0) parts.push(formatPlural(repairs, 'repair'));
  return parts.join(' · ');
}
