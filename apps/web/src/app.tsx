import type { ReadonlySignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { CircleDialog } from './components/circle/circle-dialog.tsx';
import { ContributionBadge } from './components/contribution-badge.tsx';
import { BrandMark } from './components/icon.tsx';
import { RelayDot } from './components/relay-dot.tsx';
import { SiteFooter } from './components/site-footer.tsx';
import { ThemeButton } from './components/theme-button.tsx';
import { BenchPage } from './pages/bench.tsx';
import { ChatPage } from './pages/chat.tsx';
import { ContributePage } from './pages/contribute.tsx';
import { HomePage } from './pages/home.tsx';
import { NetworkPage } from './pages/network.tsx';
import { PrivacyPage } from './pages/privacy.tsx';
import { ROUTES, type Route } from './state/route.ts';
import type { ThemeChoice } from './state/theme.ts';

const PAGES = {
  home: HomePage,
  contribute: ContributePage,
  chat: ChatPage,
  network: NetworkPage,
  bench: BenchPage,
  privacy: PrivacyPage,
};

/** The mark leads to the one, the footer to the other. */
const OUTSIDE_NAV: ReadonlySet<Route> = new Set(['home', 'privacy']);

export interface AppProps {
  readonly route: ReadonlySignal<Route>;
  readonly theme: ThemeChoice;
}

/** The frame around every page. What runs, runs in the state: changing pages stops nothing. */
export function App({ route, theme }: AppProps) {
  const Page = PAGES[route.value];
  const main = useRef<HTMLElement>(null);
  const shown = useRef(route.value);
  useEffect(() => {
    const title = ROUTES.find((entry) => entry.route === route.value)?.title ?? '';
    document.title = route.value === 'home' ? 'Manyhands' : `${title} · Manyhands`;
    if (shown.current === route.value) return;
    shown.current = route.value;
    // A new page starts at its top, for eyes and for screen readers.
    scrollTo({ top: 0, behavior: 'instant' });
    main.current?.focus({ preventScroll: true });
  }, [route.value]);
  return (
    <>
      <button type="button" class="skip-link" onClick={() => main.current?.focus()}>
        Skip to the content
      </button>
      <SiteHeader current={route.value} theme={theme} />
      <main id="main" ref={main} tabIndex={-1} class={`page page-${route.value}`}>
        <Page />
      </main>
      {route.value === 'chat' ? null : <SiteFooter />}
      <CircleDialog />
    </>
  );
}

function SiteHeader({ current, theme }: { readonly current: Route; readonly theme: ThemeChoice }) {
  return (
    <header class="site-header">
      <div class="site-header-inner">
        <a class="brand" href="#/" aria-label="Manyhands, home">
          <BrandMark />
          <span>Manyhands</span>
        </a>
        <nav class="site-nav" aria-label="Pages">
          {ROUTES.filter((entry) => !OUTSIDE_NAV.has(entry.route)).map((entry) => (
            <a
              key={entry.route}
              href={entry.path}
              aria-current={entry.route === current ? 'page' : undefined}
            >
              {entry.title}
            </a>
          ))}
        </nav>
        <div class="site-tools">
          <ContributionBadge />
          <RelayDot />
          <ThemeButton theme={theme} />
        </div>
      </div>
    </header>
  );
}
