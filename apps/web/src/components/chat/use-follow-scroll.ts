import { type ReadonlySignal, useSignal } from '@preact/signals';
import { useCallback, useEffect, useLayoutEffect, useRef } from 'preact/hooks';

/** Within this of the end the reader counts as being there. */
const END_PIXELS = 24;

export interface FollowScroll {
  /** The reader went up: the view stays where it is. */
  readonly isAway: ReadonlySignal<boolean>;
  /** Call after content was added at the end. */
  readonly onGrow: () => void;
  readonly jump: () => void;
}

/**
 * Keeps the end of the page in view while it grows. Any move upwards by the reader ends that at once,
 * however small; coming back to the end, or a new turn, resumes it.
 */
export function useFollowScroll(turnCount: number): FollowScroll {
  const isAway = useSignal(false);
  const lastTop = useRef(0);
  const toEnd = useCallback(() => {
    const root = document.documentElement;
    scrollTo({ top: root.scrollHeight, behavior: 'instant' });
    lastTop.current = scrollY;
  }, []);
  useEffect(() => {
    const onScroll = (): void => {
      const root = document.documentElement;
      const isAtEnd = root.scrollHeight - innerHeight - scrollY <= END_PIXELS;
      if (isAtEnd) isAway.value = false;
      else if (scrollY < lastTop.current) isAway.value = true;
      lastTop.current = scrollY;
    };
    addEventListener('scroll', onScroll, { passive: true });
    return () => removeEventListener('scroll', onScroll);
  }, [isAway]);
  useLayoutEffect(() => {
    if (turnCount === 0) return;
    isAway.value = false;
    toEnd();
  }, [turnCount, toEnd, isAway]);
  const onGrow = useCallback(() => {
    if (!isAway.peek()) toEnd();
  }, [isAway, toEnd]);
  const jump = useCallback(() => {
    isAway.value = false;
    toEnd();
  }, [isAway, toEnd]);
  return { isAway, onGrow, jump };
}
