import type { ModelState } from './swarm.ts';

/** What one policy did, over the measured minutes. */
export interface PolicyResult {
  readonly policy: string;
  readonly servedTokensPerSecond: number;
  /** Mean of the answers' own speeds. */
  readonly answerTokensPerSecond: number;
  /** Share of questions that found a chain at once. */
  readonly answeredShare: number;
  /** Mean share of models, weighted by demand, that could be used. */
  readonly coverage: number;
  /** The least of any minute. */
  readonly coverageMin: number;
  readonly firstTokenMs: { readonly median: number; readonly p95: number };
  readonly stagesMean: number;
  readonly repairs: number;
  readonly failedAnswers: number;
  readonly movedGb: number;
  readonly joinedGb: number;
  readonly moves: number;
  /** The planner itself, in milliseconds. */
  readonly placementMs: { readonly mean: number; readonly max: number };
  /** Median of |predicted - actual| over actual, of a token's time as an answer begins. */
  readonly predictionError: number;
  readonly minutes: readonly MinuteResult[];
  readonly models: readonly ModelResult[];
}

export interface MinuteResult {
  readonly minute: number;
  readonly servedTokensPerSecond: number;
  readonly coverage: number;
  readonly volunteers: number;
}

export interface ModelResult {
  readonly name: string;
  readonly holders: number;
  readonly wholeHolders: number;
  readonly servedTokensPerSecond: number;
}

/** Counts while a policy runs; nothing before the measured time counts. */
export interface Measurements {
  readonly placementMs: number[];
  isMeasuring: boolean;
  tokens(model: ModelState, count: number): void;
  answerBegan(firstTokenMs: number, stages: number, predictedMs: number, actualMs: number): void;
  answerEnded(tokens: number, ms: number): void;
  asked(wasAnswered: boolean): void;
  repaired(worked: boolean): void;
  downloaded(bytes: number, isMove: boolean): void;
  sample(minute: number, models: readonly ModelState[], volunteers: number, slotMs: number): void;
  result(policy: string, models: readonly ModelState[], measuredMs: number): PolicyResult;
}

export function createMeasurements(isUsable: (model: ModelState) => boolean): Measurements {
  const firstTokens: number[] = [];
  const errors: number[] = [];
  const speeds: number[] = [];
  const placementMs: number[] = [];
  const byModel = new Map<ModelState, number>();
  const minutes = new Map<number, { tokens: number; coverage: number[]; volunteers: number }>();
  const sums = { stages: 0, asked: 0, answered: 0, repairs: 0, failed: 0, moves: 0 };
  const bytes = { moved: 0, joined: 0 };
  let slotTokens = 0;
  const measurements: Measurements = {
    placementMs,
    isMeasuring: false,
    tokens(model, count) {
      slotTokens += count;
      if (measurements.isMeasuring) byModel.set(model, (byModel.get(model) ?? 0) + count);
    },
    answerBegan(firstTokenMs, stages, predictedMs, actualMs) {
      if (!measurements.isMeasuring) return;
      firstTokens.push(firstTokenMs);
      errors.push(Math.abs(predictedMs - actualMs) / actualMs);
      sums.stages += stages;
    },
    answerEnded(tokens, ms) {
      if (measurements.isMeasuring && ms > 0) speeds.push((tokens * 1000) / ms);
    },
    asked(wasAnswered) {
      if (!measurements.isMeasuring) return;
      sums.asked += 1;
      sums.answered += Number(wasAnswered);
    },
    repaired(worked) {
      if (!measurements.isMeasuring) return;
      sums.repairs += 1;
      sums.failed += Number(!worked);
    },
    downloaded(count, isMove) {
      bytes[isMove ? 'moved' : 'joined'] += count;
      sums.moves += Number(isMove);
    },
    sample(minute, models, volunteers) {
      const usable = models.reduce(
        (sum, model) => sum + model.popularity * Number(isUsable(model)),
        0,
      );
      const known = minutes.get(minute) ?? { tokens: 0, coverage: [], volunteers };
      known.tokens += slotTokens;
      known.coverage.push(usable);
      known.volunteers = volunteers;
      minutes.set(minute, known);
      slotTokens = 0;
    },
    result(policy, models, measuredMs) {
      const series = [...minutes].map(([minute, each]) => ({
        minute,
        servedTokensPerSecond: each.tokens / 60,
        coverage: mean(each.coverage),
        volunteers: each.volunteers,
      }));
      const measured = series.slice(-Math.round(measuredMs / 60_000));
      const served = [...byModel.values()].reduce((a, b) => a + b, 0);
      return {
        policy,
        servedTokensPerSecond: (served * 1000) / measuredMs,
        answerTokensPerSecond: mean(speeds),
        answeredShare: sums.answered / Math.max(1, sums.asked),
        coverage: mean(measured.map(({ coverage }) => coverage)),
        coverageMin: Math.min(...measured.map(({ coverage }) => coverage)),
        firstTokenMs: { median: quantile(firstTokens, 0.5), p95: quantile(firstTokens, 0.95) },
        stagesMean: sums.stages / Math.max(1, firstTokens.length),
        repairs: sums.repairs,
        failedAnswers: sums.failed,
        movedGb: bytes.moved / 1e9,
        joinedGb: bytes.joined / 1e9,
        moves: sums.moves,
        placementMs: {
          mean: mean(placementMs),
          max: placementMs.reduce((a, b) => Math.max(a, b), 0),
        },
        predictionError: quantile(errors, 0.5),
        minutes: series,
        models: models.map((model) => ({
          name: model.name,
          holders: model.holders.length,
          wholeHolders: model.holders.filter(
            ({ placed }) => placed?.embeds && placed.endBlock === model.blockCount,
          ).length,
          servedTokensPerSecond: ((byModel.get(model) ?? 0) * 1000) / measuredMs,
        })),
      };
    },
  };
  return measurements;
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((a, b) => a + b, 0) / values.length;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
}
