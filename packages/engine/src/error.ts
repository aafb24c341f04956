export type EngineErrorCode =
  | 'no-webgpu'
  | 'no-adapter'
  | 'no-simd'
  | 'device-lost'
  | 'out-of-memory'
  | 'over-budget'
  | 'unsupported-model'
  | 'bad-step'
  | 'unknown-session'
  | 'non-finite'
  | 'validation'
  | 'self-test-failed'
  | 'onnx-runtime'
  | 'text-too-long'
  | 'timed-out'
  | 'disposed';

/** A stage could not be loaded or a step could not be run. The message names the remedy. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly code: EngineErrorCode;

  constructor(code: EngineErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What a stage says to everything that is asked of it after its end. */
export function stageUnloaded(): EngineError {
  return new EngineError('disposed', 'the stage was unloaded; load it again');
}
