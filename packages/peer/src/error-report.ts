/** An error as data: crosses workers, reaches pages, names a remedy. */
export interface ErrorReport {
  /** Closed unions of the packages: `EngineErrorCode`, `ModelErrorCode`, `SwarmErrorCode`, `PeerErrorCode`, or `internal`. */
  readonly code: string;
  readonly message: string;
  /** When it is worth trying again, where somebody said so. */
  readonly retryAfterMs?: number;
}

/** Turns anything thrown into data; errors without a code become `internal`. */
export function reportError(error: unknown): ErrorReport {
  if (error instanceof Error) {
    const { code, retryAfterMs } = error as { code?: unknown; retryAfterMs?: unknown };
    return {
      code: typeof code === 'string' ? code : 'internal',
      message: error.message,
      ...(typeof retryAfterMs === 'number' && { retryAfterMs }),
    };
  }
  return { code: 'internal', message: String(error) };
}
