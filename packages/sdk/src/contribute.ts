import type { ContributeOptions, Contribution } from '../types/manyhands.d.ts';

/**
 * Puts the relay's own element into a page: consent, limits and compute are inside its frame, and
 * nothing here can start them. Its script is the relay's, loaded once.
 */
export function contribute(
  relay: string,
  parent: Element,
  options: ContributeOptions = {},
): Contribution {
  const { ownerDocument: document } = parent;
  const source = new URL('/widget.js', relay).href;
  const isLoaded = [...document.scripts].some(({ src }) => src === source);
  // A page under Trusted Types loads the element itself.
  if (!isLoaded && customElements.get('manyhands-widget') === undefined) {
    const script = document.createElement('script');
    script.src = source;
    script.async = true;
    document.head.append(script);
  }
  const element = document.createElement('manyhands-widget');
  const attributes = { relay, mode: 'contribute', ...options };
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) element.setAttribute(name, value);
  }
  parent.append(element);
  return { element, remove: () => element.remove() };
}
