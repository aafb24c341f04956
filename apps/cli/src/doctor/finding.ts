/** What one check found. `note`: it works, and the operator should know something about it. */
export interface Finding {
  /** Which check it was, for programs. */
  readonly check: string;
  readonly level: 'ok' | 'note' | 'problem';
  readonly text: string;
  /** What to do about it; every problem has one. */
  readonly remedy?: string;
}

export const ok = (check: string, text: string): Finding => ({ check, level: 'ok', text });

export const note = (check: string, text: string, remedy: string): Finding => ({
  check,
  level: 'note',
  text,
  remedy,
});

export const problem = (check: string, text: string, remedy: string): Finding => ({
  check,
  level: 'problem',
  text,
  remedy,
});
