import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { SiteUpdate } from '../state/site-update.ts';

/** Nothing in frames on other sites, which are loaded anew each time. */
export const UpdateContext = createContext<SiteUpdate | undefined>(undefined);

export function useUpdate(): SiteUpdate | undefined {
  return useContext(UpdateContext);
}

/** What a button called “Reload” does: with the newest version, and nothing cut off. */
export function useReload(): () => void {
  const update = useUpdate();
  return update?.reload ?? (() => location.reload());
}
