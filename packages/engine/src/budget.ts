import { EngineError } from './error.ts';

/** What `label` asks for does not fit into the bytes a volunteer gave. */
export function overBudget(label: string, bytes: number, bytesMax: number): EngineError {
  return new EngineError(
    'over-budget',
    `${label} would make ${bytes} bytes of weights and caches, over the limit of ${bytesMax}; ` +
      'raise the memory limit, hold fewer blocks or close a session',
  );
}
