import type { RefObject } from 'preact';
import { useLayoutEffect } from 'preact/hooks';

/** Lets a box grow with its text where the browser does not do so itself (`field-sizing`). */
export function useAutosize(box: RefObject<HTMLTextAreaElement | null>, text: string): void {
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null || CSS.supports('field-sizing', 'content')) return;
    element.style.height = 'auto';
    element.style.height = text === '' ? '' : `${element.scrollHeight}px`;
  }, [box, text]);
}
