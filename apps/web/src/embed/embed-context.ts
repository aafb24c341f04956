import { createContext, type RefObject } from 'preact';
import { useContext, useEffect, useRef } from 'preact/hooks';
import type { Embed } from './embed.ts';
import type { RealVisibility } from './real-visibility.ts';

export const EmbedContext = createContext<
  { readonly embed: Embed; readonly visibility: RealVisibility } | undefined
>(undefined);

export function useEmbed(): Embed {
  return useParts().embed;
}

/** The element has to be seen for a consent to count, as long as it is there. */
export function useWatched<Kind extends Element>(): RefObject<Kind | null> {
  const { visibility } = useParts();
  const ref = useRef<Kind>(null);
  useEffect(() => (ref.current === null ? undefined : visibility.watch(ref.current)), [visibility]);
  return ref;
}

function useParts() {
  const parts = useContext(EmbedContext);
  if (parts === undefined) throw new Error('A component was rendered outside of EmbedContext.');
  return parts;
}
