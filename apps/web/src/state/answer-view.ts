import type { ErrorReport } from '@manyhands/peer/error-report';
import type {
  AnswerEvent,
  AnswerStats,
  ChainLink,
  ChainStage,
  FinishReason,
  MissingForChain,
  SamplingOptions,
} from '@manyhands/peer/requester/answer';
import { t } from '../strings/language.ts';
import {
  formatCount,
  formatDuration,
  formatPeerId,
  formatTenths,
  formatTokenRate,
} from './format.ts';
import { NOTICES_MAX } from './limits.ts';
import { type ChainReason, describeChainReason } from './reason-view.ts';

/** A volunteer that was lost while it answered. */
export interface Recovery extends ErrorReport {
  readonly peerIds: readonly string[];
  readonly atMs: number;
  /** Until the next token. */
  readonly durationMs?: number;
}

/** What an answer was asked for with: kept, because settings and catalogues change. */
export interface Asked {
  readonly modelRoot: string;
  /** Its name says the quantisation. */
  readonly modelFile?: string;
  readonly sampling: SamplingOptions;
}

/** One answer as the conversation shows it. */
export interface AnswerView {
  readonly asked?: Asked;
  /** What the volunteers computed in (`DirectoryEntry.numericClass`). */
  readonly numericClass?: string;
  readonly phase: 'routing' | 'queued' | 'prefill' | 'writing' | 'repairing' | 'waiting' | 'done';
  readonly text: string;
  readonly tokenCount: number;
  /** Why this chain; in English words where an earlier version of this site kept it. */
  readonly routingReason?: ChainReason | string;
  /** Of one token on this chain, as the planner expects. */
  readonly predictedMs?: number;
  /** Measured while text arrives; the account at the end is in `stats`. */
  readonly speed?: { readonly sinceMs: number; readonly tokens: number; readonly nowMs: number };
  readonly prefill?: { readonly doneTokens: number; readonly totalTokens: number };
  /** While all volunteers are busy: after about how long it is this answer's turn. */
  readonly queuedMs?: number;
  /** What nobody holds now, while the answer waits for it. */
  readonly waitsFor?: MissingForChain;
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
      return {
        ...view,
        phase: 'prefill',
        chain: event.chain,
        ...(event.numericClass !== undefined && { numericClass: event.numericClass }),
      };
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
      return { ...view, phase: 'waiting', waitsFor: event.missing };
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
    case 'queued':
      return t('answers.phase.queued', { time: formatDuration(view.queuedMs ?? 0) });
    case 'prefill': {
      const { prefill } = view;
      if (prefill === undefined || prefill.totalTokens === 0) {
        return t('answers.phase.connecting', counted(view.chain.length));
      }
      const done = formatCount(prefill.doneTokens);
      return t('answers.phase.reading', { done, ...counted(prefill.totalTokens) });
    }
    case 'writing':
      return [t('answers.phase.writing'), describeSpeed(view)].filter(Boolean).join(' ');
    case 'routing':
    case 'repairing':
    case 'waiting':
      return t(`answers.phase.${view.phase}`);
    case 'done':
      return describeFinish(view);
    default:
      return view.phase satisfies never;
  }
}

const counted = (count: number) => ({ count, total: formatCount(count) });

function describeFinish(view: AnswerView): string {
  switch (view.finishReason) {
    case 'aborted':
    case 'failed':
    case 'length':
    case 'context':
      return t(`answers.finish.${view.finishReason}`);
    case 'stop':
    case 'stop-string':
    case undefined:
      return t('answers.finish.answered', counted(view.tokenCount));
    default:
      return view.finishReason satisfies never;
  }
}

/** `24 tokens · 12.4 tokens/s (11.8 predicted) · 6 guessed ahead · first token after 320 ms · 1 repair`. */
export function describeStats(view: AnswerView): string {
  const { stats } = view;
  const parts: string[] = [];
  if (view.tokenCount > 0) parts.push(t('answers.stats.tokens', counted(view.tokenCount)));
  const speed = describeSpeed(view);
  if (speed !== '') parts.push(speed);
  // Why it may be faster than predicted, which is a token a pass.
  const guessed = stats?.acceptedTokens ?? 0;
  if (guessed > 0) parts.push(t('answers.stats.guessed', { total: formatCount(guessed) }));
  if (stats?.ttftMs !== undefined) {
    parts.push(t('answers.stats.firstToken', { time: formatDuration(stats.ttftMs) }));
  }
  // Of an answer without a word nobody asks how long its question was.
  const prompt = view.tokenCount > 0 ? describePrompt(view) : '';
  if (prompt !== '') parts.push(prompt);
  const repairs = Math.max(stats?.repairs ?? 0, view.repairs.length);
  if (repairs > 0) parts.push(t('answers.stats.repairs', counted(repairs)));
  return parts.join(' · ');
}

/** Why these volunteers, for a reader; undefined before any were chosen. */
export function describeRouting({ routingReason }: AnswerView): string | undefined {
  return typeof routingReason === 'object' ? describeChainReason(routingReason) : routingReason;
}

/** `112 prompt tokens, 96 of them remembered`. */
export function describePrompt({ stats }: AnswerView): string {
  if (stats === undefined || stats.promptTokens === 0) return '';
  const prompt = t('answers.stats.prompt', counted(stats.promptTokens));
  const reused = stats.reusedTokens ?? 0;
  return reused === 0
    ? prompt
    : t('answers.stats.remembered', { prompt, total: formatCount(reused) });
}

function endRecovery(repair: Recovery, nowMs: number): Recovery {
  if (repair.durationMs !== undefined) return repair;
  return { ...repair, durationMs: Math.max(0, nowMs - repair.atMs) };
}

/** Measured and predicted, beside each other: `12.4 tokens/s (14.1 predicted)`. */
export function describeSpeed(view: AnswerView): string {
  const actual = actualSpeed(view);
  if (actual === undefined) return '';
  const predicted = predictedSpeed(view);
  return predicted === undefined
    ? formatTokenRate(actual)
    : t('answers.stats.predicted', {
        actual: formatTokenRate(actual),
        predicted: formatTenths(predicted),
      });
}

/** In tokens a second, while it is written and afterwards. */
export function actualSpeed({ stats, speed }: AnswerView): number | undefined {
  const running =
    speed !== undefined && speed.tokens > 0 && speed.nowMs > speed.sinceMs
      ? (speed.tokens * 1_000) / (speed.nowMs - speed.sinceMs)
      : undefined;
  const actual = stats?.decodeTokensPerSecond ?? running;
  return actual !== undefined && Number.isFinite(actual) ? actual : undefined;
}

/** In tokens a second. */
export function predictedSpeed({ predictedMs }: AnswerView): number | undefined {
  return predictedMs !== undefined && predictedMs > 0 ? 1_000 / predictedMs : undefined;
}

/** What happened to the answer, for somebody who reads it: who left, and how long it took. */
export function describeRecovery({ peerIds, durationMs }: Recovery): string {
  const who =
    peerIds.length === 0
      ? t('answers.recovery.someone')
      : peerIds.map((peerId) => formatPeerId(peerId)).join(', ');
  if (durationMs === undefined) return t('answers.recovery.running', { who });
  return t('answers.recovery.done', { who, time: formatDuration(durationMs) });
}
