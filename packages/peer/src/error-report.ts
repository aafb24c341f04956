/** An error as data: crosses workers, reaches pages, names a remedy. */
export interface ErrorReport {
  /** Closed unions of the packages: `EngineErrorCode`, `ModelErrorCode`, `SwarmErrorCode`, `PeerErrorCode`, or `internal`. */
  readonly code: string;
  readonly message: string;
}

/** Turns anything thrown into data; errors without a code become `internal`. */
export function reportError(error: unknown): ErrorReport {
  if (error instanceof Error) {
    const code = (error as { code?: unknown }).code;
    return { code: typeof code === 'string' ? code : 'internal', message: error.message };
  }
  return { code: 'internal', message: String(error) };
}
