import { useEffect, useRef, useState } from 'preact/hooks';
import { CODE_COLOUR_CHARS_MAX, CODE_COLOUR_INTERVAL_MS } from '../../state/limits.ts';
import { findCodeLanguage } from './code-languages.ts';
import type { CodeSpan } from './highlight-code.ts';

/** Reading code over and over may take this part of the time, however slow the device is. */
const TIME_SHARE_MAX = 0.1;

interface Coloured {
  readonly code: string;
  readonly spans: readonly CodeSpan[];
}

/**
 * Code as runs of one tone. What was just written is plain until its turn comes: while an answer grows,
 * its code is not read again for each token.
 */
export function useCodeSpans(code: string, info: string): readonly CodeSpan[] {
  const language = findCodeLanguage(info);
  const latest = useRef(code);
  latest.current = code;
  const wake = useRef<() => void>(() => undefined);
  const [coloured, setColoured] = useState<Coloured | undefined>(undefined);

  useEffect(() => {
    setColoured(undefined);
    if (language === undefined) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isGone = false;
    const begin = async (): Promise<void> => {
      // The library comes with the first code that a reader sees, not with the page.
      const { createCodeReader } = await import('./highlight-code.ts');
      const read = await createCodeReader(language);
      let shown = '';
      const step = (): void => {
        timer = undefined;
        if (isGone || latest.current === shown) return;
        shown = latest.current;
        if (shown.length > CODE_COLOUR_CHARS_MAX) return;
        const startMs = performance.now();
        setColoured({ code: shown, spans: read(shown) });
        const restMs = (performance.now() - startMs) / TIME_SHARE_MAX;
        timer = setTimeout(step, Math.max(CODE_COLOUR_INTERVAL_MS, restMs));
      };
      wake.current = () => {
        if (timer === undefined) step();
      };
      step();
    };
    // A relay that was just replaced has other files: the code is readable without colours.
    begin().catch(() => undefined);
    return () => {
      isGone = true;
      clearTimeout(timer);
      wake.current = () => undefined;
    };
  }, [language]);
  useEffect(() => wake.current(), [code]);

  if (coloured === undefined || !code.startsWith(coloured.code)) return [{ text: code }];
  const rest = code.slice(coloured.code.length);
  return rest === '' ? coloured.spans : [...coloured.spans, { text: rest }];
}
