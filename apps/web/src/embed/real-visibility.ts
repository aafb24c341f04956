import { VISIBILITY_DELAY_MS } from './limits.ts';

/** Parts of the frame that have to be seen, and whether they are. */
export interface RealVisibility {
  /** Whether the browser tells of covering, transparency and transformation too. */
  readonly isExact: boolean;
  /** Follows an element until the returned function is called. */
  watch(element: Element): () => void;
  dispose(): void;
}

/** What TypeScript's DOM leaves out: version 2, https://w3c.github.io/IntersectionObserver/v2/. */
type ExactInit = IntersectionObserverInit & { trackVisibility: true; delay: number };
type ExactEntry = IntersectionObserverEntry & { readonly isVisible: boolean };

/** What a visitor sees of the frame. */
export interface Seen {
  /** The anchor is seen, and nothing that is in view is covered. */
  readonly isSeen: boolean;
  /** Every part has been seen since it is there; a page could show a hole with nothing but the button. */
  readonly isRead: boolean;
}

const WHOLE = 0.99;

/**
 * Calls with what is seen whenever that changed; the anchor is the part marked `data-anchor`. Without the
 * second version of the observer only what is scrolled or clipped away is known.
 */
export function createRealVisibility(
  scope: Pick<typeof globalThis, 'IntersectionObserver' | 'IntersectionObserverEntry'>,
  onChange: (seen: Seen) => void,
): RealVisibility {
  const isExact = 'isVisible' in scope.IntersectionObserverEntry.prototype;
  const unread = new Set<Element>();
  const states = new Map<Element, 'seen' | 'hidden' | 'away'>();
  const look = (): void => {
    const all = [...states];
    const anchors = all.filter(([element]) => element.hasAttribute('data-anchor'));
    const isSeen =
      anchors.length > 0 &&
      anchors.every(([, state]) => state === 'seen') &&
      all.every(([, state]) => state !== 'hidden');
    onChange({ isSeen, isRead: unread.size === 0 });
  };
  const init: IntersectionObserverInit = { threshold: [0, 0.5, WHOLE, 1] };
  const exact: ExactInit = { ...init, trackVisibility: true, delay: VISIBILITY_DELAY_MS };
  const observer = new scope.IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        if (!states.has(entry.target)) continue;
        // What the frame's own edge cuts is judged once it is scrolled into view.
        const isWhole = entry.intersectionRatio >= WHOLE;
        const isCovered = isExact && !(entry as ExactEntry).isVisible;
        const state = !isWhole ? 'away' : isCovered ? 'hidden' : 'seen';
        states.set(entry.target, state);
        if (state === 'seen') unread.delete(entry.target);
      }
      look();
    },
    isExact ? exact : init,
  );
  return {
    isExact,
    watch(element) {
      states.set(element, 'away');
      unread.add(element);
      observer.observe(element);
      return () => {
        observer.unobserve(element);
        states.delete(element);
        unread.delete(element);
        look();
      };
    },
    dispose: () => observer.disconnect(),
  };
}
