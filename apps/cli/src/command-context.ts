/** What a command may touch: tests hand in their own. */
export interface CommandContext {
  readonly repositoryRoot: string;
  /** What relative paths on the command line are relative to. */
  readonly callerDirectory: string;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** The command's result: stdout. */
  write(text: string): void;
  /** Progress: stderr. */
  say(text: string): void;
}
