/** What a helper is started with. */
export interface HelperStart {
  readonly module: WebAssembly.Module;
  /** Shared. */
  readonly memory: WebAssembly.Memory;
  /** The address of what threads tell each other. */
  readonly control: number;
  /** From 1. */
  readonly helper: number;
}
