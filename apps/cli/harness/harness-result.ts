/** What a page tells about an error: crosses from the page to Node as JSON. */
export interface HarnessFailure {
  readonly ok: false;
  readonly code: string;
  readonly message: string;
}
export type HarnessResult<Value> = { readonly ok: true; readonly value: Value } | HarnessFailure;

/** Runs an action and turns what it throws into data: Playwright would drop the code. */
export async function resultOf<Value>(action: () => Promise<Value>): Promise<HarnessResult<Value>> {
  try {
    return { ok: true, value: await action() };
  } catch (error) {
    if (!(error instanceof Error)) return { ok: false, code: 'internal', message: String(error) };
    const { code } = error as { code?: unknown };
    return {
      ok: false,
      code: typeof code === 'string' ? code : 'internal',
      message: error.message,
    };
  }
}
