import { type ReadonlySignal, signal } from '@preact/signals';

export type Route = 'home' | 'contribute' | 'chat' | 'network' | 'bench' | 'storage' | 'privacy';

export const ROUTES: readonly { route: Route; path: string }[] = [
  { route: 'home', path: '#/' },
  { route: 'contribute', path: '#/contribute' },
  { route: 'chat', path: '#/chat' },
  { route: 'network', path: '#/network' },
  { route: 'bench', path: '#/bench' },
  { route: 'storage', path: '#/storage' },
  { route: 'privacy', path: '#/privacy' },
];

/** The page an address names; anything unknown is the home page. */
export function parseRoute(hash: string): Route {
  const path = hash.split('?', 1)[0]?.replace(/\/+$/, '') ?? '';
  return ROUTES.find((entry) => entry.path === path)?.route ?? 'home';
}

/** Follows the address bar. Hash routes need nothing from whoever hosts the files. */
export function createRouter(scope: Window): { readonly route: ReadonlySignal<Route> } {
  const route = signal(parseRoute(scope.location.hash));
  scope.addEventListener('hashchange', () => {
    route.value = parseRoute(scope.location.hash);
  });
  return { route };
}
