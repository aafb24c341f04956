import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Site } from '../state/site.ts';

export const SiteContext = createContext<Site | undefined>(undefined);

/** The state every page reads; there is exactly one, made in `main`. */
export function useSite(): Site {
  const site = useContext(SiteContext);
  if (site === undefined) throw new Error('A component was rendered outside of SiteContext.');
  return site;
}
