import type { StepRequest, StepResult } from './stage.ts';

/** Rows `[first, end)` of a step whose head rows, if any, are its last ones. */
export function partOf(request: StepRequest, first: number, end: number): StepRequest {
  const { tokenCount, position, headRows, tokenIds, hidden } = request;
  if (first === 0 && end === tokenCount) return request;
  const width = (hidden?.length ?? 0) / tokenCount;
  return {
    ...request,
    position: position + first,
    tokenCount: end - first,
    headRows: Math.max(0, Math.min(end - first, end - (tokenCount - headRows))),
    ...(tokenIds && { tokenIds: tokenIds.slice(first, end) }),
    ...(hidden && { hidden: hidden.slice(first * width, end * width) }),
  };
}

/** The result of a step from those of its parts; the last part has all head rows. */
export function joinParts(parts: readonly StepResult[]): StepResult {
  const last = parts.at(-1) ?? {};
  if (parts.length < 2 || !last.hidden) return last;
  const length = parts.reduce((sum, { hidden }) => sum + (hidden?.length ?? 0), 0);
  const hidden = new Float32Array(length);
  let at = 0;
  for (const part of parts) {
    hidden.set(part.hidden ?? [], at);
    at += part.hidden?.length ?? 0;
  }
  return { ...last, hidden };
}
