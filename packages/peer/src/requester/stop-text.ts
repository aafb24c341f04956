/** Splits streamed text from stop strings, which may begin in one token and end in another. */
export interface StopText {
  /** Adds text; returns what may be shown now. */
  push(text: string): { readonly text: string; readonly isStopped: boolean };
  /** What was held back because a stop string might have begun. */
  flush(): string;
}

/** Text from the first stop string on is never shown. Empty stop strings are ignored. */
export function createStopText(stopStrings: readonly string[]): StopText {
  const stops = stopStrings.filter((stop) => stop !== '');
  let held = '';
  return {
    push(text) {
      held += text;
      const ends = stops.map((stop) => held.indexOf(stop)).filter((index) => index >= 0);
      if (ends.length > 0) {
        const shown = held.slice(0, Math.min(...ends));
        held = '';
        return { text: shown, isStopped: true };
      }
      const keep = Math.max(0, ...stops.map((stop) => overlap(held, stop)));
      const shown = held.slice(0, held.length - keep);
      held = held.slice(held.length - keep);
      return { text: shown, isStopped: false };
    },
    flush() {
      const rest = held;
      held = '';
      return rest;
    },
  };
}

/** Length of the longest end of `text` that `stop` begins with. */
function overlap(text: string, stop: string): number {
  for (let length = Math.min(text.length, stop.length - 1); length > 0; length--) {
    if (text.endsWith(stop.slice(0, length))) return length;
  }
  return 0;
}
