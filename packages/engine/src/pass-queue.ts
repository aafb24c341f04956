import { type ChosenStep, choosePass, isPrefillStep, type QueuedStep } from './choose-pass.ts';
import { EngineError } from './error.ts';
import { QUEUED_STEPS_MAX, READ_ALONG_MS } from './limits.ts';
import { createOwnerShares } from './owner-shares.ts';
import { createPassTimes } from './pass-times.ts';
import type { StepOutcome, StepRequest, StepResult } from './stage.ts';
import { joinParts, partOf } from './step-parts.ts';

/** Gathers steps that wait into passes; at most `QUEUED_STEPS_MAX` wait. */
export interface PassQueue {
  add(request: StepRequest): Promise<StepResult>;
}

interface Waiting extends QueuedStep {
  readonly request: StepRequest;
  readonly parts: StepResult[];
  /** Rows that are left to run. */
  rowCount: number;
  resolve(result: StepResult): void;
  reject(error: unknown): void;
}

/** Runs a pass; calls `begin` when its turn has come, since a rest before it is no part of its time. */
export type RunPass = (
  requests: readonly StepRequest[],
  begin: () => void,
) => Promise<readonly StepOutcome[]>;

/**
 * While one pass runs, others' steps gather: the next takes what `choosePass` says, by what passes took
 * lately. Decode steps of several sessions then cost little more than one.
 */
export function createPassQueue(
  runPass: RunPass,
  now: () => number = () => performance.now(),
): PassQueue {
  const waiting: Waiting[] = [];
  const times = createPassTimes();
  const shares = createOwnerShares();
  let decodedMs = Number.NEGATIVE_INFINITY;
  let isRunning = false;
  let runningCount = 0;

  const forget = (step: Waiting): void => {
    const index = waiting.indexOf(step);
    if (index >= 0) waiting.splice(index, 1);
  };
  const settle = ({ step, rowCount }: ChosenStep<Waiting>, outcome: StepOutcome): void => {
    if ('error' in outcome) {
      forget(step);
      step.reject(outcome.error);
      return;
    }
    step.parts.push(outcome.result);
    step.rowCount -= rowCount;
    if (step.rowCount > 0) return;
    forget(step);
    step.resolve(joinParts(step.parts));
  };

  const runNext = async (): Promise<void> => {
    const nowMs = now();
    const pass = choosePass(waiting, {
      times,
      rowsOf: shares.rowsOf,
      activeOwners: shares.activeCount(nowMs),
      isReadAlong: nowMs - decodedMs <= READ_ALONG_MS,
    });
    const requests = pass.map(({ step, rowCount }) => {
      const first = step.request.tokenCount - step.rowCount;
      return partOf(step.request, first, first + rowCount);
    });
    for (const { step, rowCount } of pass) {
      shares.used(step.owner, rowCount);
      if (!step.isPrefill) decodedMs = nowMs;
    }
    runningCount = pass.length;
    let startedMs = nowMs;
    try {
      const outcomes = await runPass(requests, () => {
        startedMs = now();
      });
      const rowCount = pass.reduce((sum, chosen) => sum + chosen.rowCount, 0);
      times.took(rowCount, now() - startedMs);
      for (const [i, chosen] of pass.entries()) settle(chosen, outcomes[i] as StepOutcome);
    } catch (error) {
      for (const { step } of pass) {
        forget(step);
        step.reject(error);
      }
    } finally {
      runningCount = 0;
    }
  };

  const run = async (): Promise<void> => {
    if (isRunning) return;
    isRunning = true;
    while (waiting.length > 0) {
      // Who waits keeps its turn, also behind a pass that is longer than a moment.
      for (const { owner } of waiting) shares.came(owner, now());
      await runNext();
    }
    isRunning = false;
  };

  return {
    add(request) {
      return new Promise((resolve, reject) => {
        if (waiting.length - runningCount >= QUEUED_STEPS_MAX) {
          reject(
            new EngineError(
              'over-budget',
              `${QUEUED_STEPS_MAX} steps wait already; send the next one after an answer`,
            ),
          );
          return;
        }
        const { sessionId, owner = '', tokenCount, headRows } = request;
        const isPrefill = isPrefillStep(tokenCount, headRows);
        waiting.push({
          request,
          sessionId,
          owner,
          rowCount: tokenCount,
          isPrefill,
          parts: [],
          resolve,
          reject,
        });
        void run();
      });
    },
  };
}
