import {
  DECODE_ROWS_MAX,
  OWNER_SLACK,
  PASS_TOKENS_MAX,
  PREFILL_ROWS_KEPT,
  PREFILL_SLACK,
} from './limits.ts';
import type { PassTimes } from './pass-times.ts';

/** A step that waits, or what is left of it. */
export interface QueuedStep {
  readonly sessionId: string;
  readonly owner: string;
  readonly rowCount: number;
  /** May be run in parts, since nobody waits for each of its rows. */
  readonly isPrefill: boolean;
}

export interface PassConditions {
  readonly times: Pick<PassTimes, 'roomBeside'>;
  /** Rows an owner had lately. */
  rowsOf(owner: string): number;
  /** Owners whose next step comes soon, those that wait included. */
  readonly activeOwners: number;
  /** Somebody reads along: a decode step came lately, and the next one must not find a long pass. */
  readonly isReadAlong: boolean;
}

export interface ChosenStep<Step> {
  readonly step: Step;
  readonly rowCount: number;
}

/** A step that people wait for each row of, or one that is part of a prompt. */
export function isPrefillStep(rowCount: number, headRows: number): boolean {
  return rowCount > DECODE_ROWS_MAX && headRows <= 1;
}

/**
 * The steps of the next pass, of `waiting` in the order they came; one of each session. First rows that
 * somebody waits for, then as much of a prompt as does not make them wait much longer: a part at least,
 * so that every prompt gets on. Owners take turns, so that many sessions are no more than one where
 * rows cost time; where they cost little all of them fit.
 */
export function choosePass<Step extends QueuedStep>(
  waiting: readonly Step[],
  conditions: PassConditions,
): ChosenStep<Step>[] {
  const { times, rowsOf, activeOwners, isReadAlong } = conditions;
  const sessions = new Set<string>();
  // A later step of the same session never overtakes an earlier one.
  const first = waiting.filter(({ sessionId }) => {
    const isFirst = !sessions.has(sessionId);
    sessions.add(sessionId);
    return isFirst;
  });
  const chosen: ChosenStep<Step>[] = [];
  const taken = new Map<string, number>();
  let total = 0;
  const take = (step: Step, rowCount: number): void => {
    chosen.push({ step, rowCount });
    taken.set(step.owner, (taken.get(step.owner) ?? 0) + rowCount);
    total += rowCount;
  };

  const prefills = first.filter(({ isPrefill }) => isPrefill);
  const decodes = first.filter(({ isPrefill }) => !isPrefill);
  const rowsMax = PASS_TOKENS_MAX - (prefills.length > 0 ? PREFILL_ROWS_KEPT : 0);
  const shared = activeOwners + times.roomBeside(activeOwners, OWNER_SLACK);
  while (decodes.length > 0) {
    const step = takeTurn(decodes, taken, rowsOf);
    const isOwnersFirst = !taken.has(step.owner);
    const isFair = activeOwners < 2 || isOwnersFirst || total + step.rowCount <= shared;
    if (total === 0 || (isFair && total + step.rowCount <= rowsMax)) take(step, step.rowCount);
  }
  const room =
    total > 0 || isReadAlong
      ? Math.max(1, times.roomBeside(Math.max(1, total), PREFILL_SLACK))
      : PASS_TOKENS_MAX;
  let left = Math.min(room, PASS_TOKENS_MAX - total);
  while (prefills.length > 0 && left > 0) {
    const step = takeTurn(prefills, taken, rowsOf);
    const rowCount = Math.min(left, step.rowCount);
    take(step, rowCount);
    left -= rowCount;
  }
  return chosen;
}

/** Removes the step of whoever had least, the earliest of equals. */
function takeTurn<Step extends QueuedStep>(
  steps: Step[],
  taken: ReadonlyMap<string, number>,
  rowsOf: (owner: string) => number,
): Step {
  let best = 0;
  let bestRows = Number.POSITIVE_INFINITY;
  for (const [index, { owner }] of steps.entries()) {
    const rows = rowsOf(owner) + (taken.get(owner) ?? 0);
    if (rows >= bestRows) continue;
    best = index;
    bestRows = rows;
  }
  return steps.splice(best, 1)[0] as Step;
}
