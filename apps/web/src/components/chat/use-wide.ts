import { type ReadonlySignal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

/** As `styles/history.css` has it: room for a list beside the chat. */
const WIDE = '(min-width: 1100px)';

/** Whether the list of conversations stands beside the chat, or is opened over it. */
export function useWide(): ReadonlySignal<boolean> {
  const isWide = useSignal(matchMedia(WIDE).matches);
  useEffect(() => {
    const query = matchMedia(WIDE);
    const look = (): void => {
      isWide.value = query.matches;
    };
    query.addEventListener('change', look);
    // A window that changed between the first drawing and this moment has told nobody.
    look();
    return () => query.removeEventListener('change', look);
  }, [isWide]);
  return isWide;
}
