import { EngineError } from './error.ts';
import { PASS_TOKENS_MAX, QUEUED_STEPS_MAX } from './limits.ts';
import type { StepOutcome, StepRequest, StepResult } from './stage.ts';

/** Gathers steps that wait into passes; at most `QUEUED_STEPS_MAX` wait. */
export interface PassQueue {
  add(request: StepRequest): Promise<StepResult>;
}

interface Waiting {
  readonly request: StepRequest;
  readonly resolve: (result: StepResult) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * While one pass runs, others' steps gather: the next takes as many as fit, in the order they came,
 * one of each session. Decode steps of several sessions then cost little more than one.
 */
export function createPassQueue(
  runPass: (requests: readonly StepRequest[]) => Promise<readonly StepOutcome[]>,
): PassQueue {
  let waiting: Waiting[] = [];
  let isRunning = false;

  const takePass = (): Waiting[] => {
    const pass: Waiting[] = [];
    const rest: Waiting[] = [];
    const sessions = new Set<string>();
    let tokens = 0;
    for (const step of waiting) {
      const { sessionId, tokenCount } = step.request;
      const fits = pass.length === 0 || tokens + tokenCount <= PASS_TOKENS_MAX;
      if (fits && !sessions.has(sessionId)) {
        pass.push(step);
        tokens += tokenCount;
      } else {
        rest.push(step);
      }
      // A later step of the same session never overtakes an earlier one.
      sessions.add(sessionId);
    }
    waiting = rest;
    return pass;
  };

  const run = async (): Promise<void> => {
    if (isRunning) return;
    isRunning = true;
    while (waiting.length > 0) {
      const pass = takePass();
      try {
        const outcomes = await runPass(pass.map(({ request }) => request));
        for (const [i, step] of pass.entries()) settle(step, outcomes[i] as StepOutcome);
      } catch (error) {
        for (const step of pass) step.reject(error);
      }
    }
    isRunning = false;
  };

  return {
    add(request) {
      return new Promise((resolve, reject) => {
        if (waiting.length >= QUEUED_STEPS_MAX) {
          reject(
            new EngineError(
              'over-budget',
              `${QUEUED_STEPS_MAX} steps wait already; send the next one after an answer`,
            ),
          );
          return;
        }
        waiting.push({ request, resolve, reject });
        void run();
      });
    },
  };
}

function settle({ resolve, reject }: Waiting, outcome: StepOutcome): void {
  if ('error' in outcome) reject(outcome.error);
  else resolve(outcome.result);
}
