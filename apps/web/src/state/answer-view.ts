import type { ErrorReport } from '@manyhands/peer/error-report';
import type {
  AnswerEvent,
  AnswerStats,
  ChainLink,
  ChainStage,
  FinishReason,
} from '@manyhands/peer/requester/answer';
import {
  formatCount,
  formatDuration,
  formatPeerId,
  formatPlural,
  formatTokenRate,
} from './format.ts';
import { NOTICES_MAX } from './limits.ts';

/** A volunteer that was lost while it answered. */
export interface Recovery extends ErrorReport {
  readonly peerIds: readonly string[];
  readonly atMs: number;
  /** Until the next token. */
  readonly durationMs?: number;
}

/** One answer as the conversation shows it. */
export interface AnswerView {
  readonly phase: 'routing' | 'queued' | 'prefill' | 'writing' | 'repairing' | 'waiting' | 'done';
  readonly text: string;
  readonly tokenCount: number;
  /** Why this chain, in the planner's words. */
  readonly routingReason?: string;
  /** Of one token on this chain, as the planner expects. */
  readonly predictedMs?: number;
  /** Measured while text arrives; the account at the end is in `stats`. */
  readonly speed?: { readonly sinceMs: number; readonly tokens: number; readonly nowMs: number };
  readonly prefill?: { readonly doneTokens: number; readonly totalTokens: number };
  /** While all volunteers are busy: after about how long it is this answer's turn. */
  readonly queuedMs?: number;
  /** What nobody holds now, while the answer waits for it. */
  readonly waitsFor?: string;
  readonly chain: readonly ChainStage[];
  readonly links: readonly ChainLink[];
  /** Why chains were rebuilt. */
  readonly repairs: readonly Recovery[];
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

/** What an event makes of an answer. Pure: a conversation is its events folded, with their times. */
export function reduceAnswer(view: AnswerView, event: AnswerEvent, nowMs: number): AnswerView {
  switch (event.type) {
    case 'routing':
      return {
        ...view,
        phase: 'routing',
        routingReason: event.reason,
        ...(event.predictedMs !== undefined && { predictedMs: event.predictedMs }),
      };
    // The phase stays: this comes while the chain works.
    case 'prediction':
      return { ...view, routingReason: event.reason, predictedMs: event.predictedMs };
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
        repairs: view.repairs.map((repair) => endRecovery(repair, nowMs)),
        // From token to token: reading the prompt, and a repair, have figures of their own.
        speed:
          view.phase === 'writing' && view.speed !== undefined
            ? { ...view.speed, tokens: view.speed.tokens + 1, nowMs }
            : { sinceMs: nowMs, tokens: 0, nowMs },
      };
    case 'repair': {
      const { reason, peerIds = [] } = event;
      const repair = { ...reason, peerIds, atMs: nowMs };
      return {
        ...view,
        phase: 'repairing',
        repairs: [...view.repairs, repair].slice(-NOTICES_MAX),
      };
    }
    case 'waiting':
      return { ...view, phase: 'waiting', waitsFor: event.reason };
    case 'done': {
      const { answer } = event;
      const { speed: _speed, ...rest } = view;
      return {
        ...rest,
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
  const { speed: _speed, ...rest } = view;
  return { ...rest, phase: 'done', finishReason, ...(error === undefined ? {} : { error }) };
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
      return ['Writing…', describeSpeed(view)].filter(Boolean).join(' ');
    case 'repairing':
      return 'A volunteer left. Rebuilding the chain; nothing is lost…';
    case 'waiting':
      return 'Waiting for volunteers; the answer then goes on by itself…';
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

/** `24 tokens · 12.4 tokens/s (11.8 predicted) · 6 guessed ahead · first token after 320 ms · 1 repair`. */
export function describeStats(view: AnswerView): string {
  const { stats } = view;
  const parts = view.tokenCount > 0 ? [formatPlural(view.tokenCount, 'token')] : [];
  const speed = describeSpeed(view);
  if (speed !== '') parts.push(speed);
  // Why it may be faster than predicted, which is a token a pass.
  const guessed = stats?.acceptedTokens ?? 0;
  if (guessed > 0) parts.push(`${formatCount(guessed)} guessed ahead`);
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

function endRecovery(repair: Recovery, nowMs: number): Recovery {
  if (repair.durationMs !== undefined) return repair;
  return { ...repair, durationMs: Math.max(0, nowMs - repair.atMs) };
}

/** Measured and predicted, beside each other: `12.4 tokens/s (14.1 predicted)`. */
export function describeSpeed({ stats, speed, predictedMs }: AnswerView): string {
  const running =
    speed !== undefined && speed.tokens > 0 && speed.nowMs > speed.sinceMs
      ? (speed.tokens * 1_000) / (speed.nowMs - speed.sinceMs)
      : undefined;
  const actual = stats?.decodeTokensPerSecond ?? running;
  if (actual === undefined || !Number.isFinite(actual)) return '';
  const predicted =
    predictedMs !== undefined && predictedMs > 0
      ? ` (${formatTokenRate(1_000 / predictedMs).replace(' tokens/s', '')} predicted)`
      : '';
  return `${formatTokenRate(actual)}${predicted}`;
}

/** What happened to the answer, for somebody who reads it: who left, and how long it took. */
export function describeRecovery({ peerIds, durationMs }: Recovery): string {
  const who =
    peerIds.length === 0 ? 'A volunteer' : peerIds.map((peerId) => formatPeerId(peerId)).join(', ');
  if (durationMs === undefined) return `${who} left. Others take over…`;
  return `${who} left; others took over after ${formatDuration(durationMs)}. The text goes on as it would have.`;
}
