import type { HarnessFailure } from '../../harness/harness-result.ts';

/** An error that happened in a page, with its code: one of the closed unions of the packages. */
export class HarnessError extends Error {
  override readonly name = 'HarnessError';
  readonly code: string;

  constructor({ code, message }: HarnessFailure) {
    super(message);
    this.code = code;
  }
}
