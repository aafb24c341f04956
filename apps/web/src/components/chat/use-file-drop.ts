import { type ReadonlySignal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

/**
 * Takes files that are dropped anywhere on the page; true while some are held over it. A browser that
 * is left alone would open a file that misses the box, and the page would be gone.
 */
export function useFileDrop(take: (files: readonly File[]) => void): ReadonlySignal<boolean> {
  const isOver = useSignal(false);
  useEffect(() => {
    // Entering a child comes before leaving its parent.
    let depth = 0;
    const heed = (event: DragEvent, change: number): boolean => {
      if (event.dataTransfer?.types.includes('Files') !== true) return false;
      event.preventDefault();
      depth = Math.max(0, depth + change);
      isOver.value = depth > 0;
      return true;
    };
    const end = new AbortController();
    const { signal } = end;
    addEventListener('dragenter', (event) => void heed(event, 1), { signal });
    addEventListener('dragleave', (event) => void heed(event, -1), { signal });
    addEventListener('dragover', (event) => void heed(event, 0), { signal });
    addEventListener(
      'drop',
      (event) => {
        if (heed(event, -depth)) take([...(event.dataTransfer?.files ?? [])]);
      },
      { signal },
    );
    return () => end.abort();
  }, [take, isOver]);
  return isOver;
}
