import type { ReadonlySignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { CircleDialog } from './components/circle/circle-dialog.tsx';
import { ContributionBadge } from './components/contribution-badge.tsx';
import { BrandMark } from './components/icon.tsx';
import { LanguageNotice, LanguageSelect } from './components/language-select.tsx';
import { lazyPage } from './components/lazy-page.tsx';
import { RelayDot } from './components/relay-dot.tsx';
import { SiteFooter } from './components/site-footer.tsx';
import { ThemeButton } from './components/theme-button.tsx';
import { UpdateNotice } from './components/update-notice.tsx';
import { HomePage } from './pages/home.tsx';
import type { LanguageChoice } from './state/language-choice.ts';
import { ROUTES, type Route } from './state/route.ts';
import type { ThemeChoice } from './state/theme.ts';
import { language, t } from './strings/language.ts';

const PAGES = {
  home: HomePage,
  contribute: lazyPage(() => import('./pages/contribute.tsx').then((page) => page.ContributePage)),
  chat: lazyPage(() => import('./pages/chat.tsx').then((page) => page.ChatPage)),
  network: lazyPage(() => import('./pages/network.tsx').then((page) => page.NetworkPage)),
  bench: lazyPage(() => import('./pages/bench.tsx').then((page) => page.BenchPage)),
  storage: lazyPage(() => import('./pages/storage.tsx').then((page) => page.StoragePage)),
  privacy: lazyPage(() => import('./pages/privacy.tsx').then((page) => page.PrivacyPage)),
};

/** The mark leads to the first, the footer to the others. */
const OUTSIDE_NAV: ReadonlySet<Route> = new Set(['home', 'storage', 'privacy']);

export interface AppProps {
  readonly route: ReadonlySignal<Route>;
  readonly theme: ThemeChoice;
  readonly languages: LanguageChoice;
}

/** The frame around every page. What runs, runs in the state: changing pages stops nothing. */
export function App({ route, theme, languages }: AppProps) {
  const Page = PAGES[route.value];
  const main = useRef<HTMLElement>(null);
  const shown = useRef(route.value);
  useEffect(() => {
    const title = t(`shell.pages.${route.value}`);
    document.title = route.value === 'home' ? 'Manyhands' : `${title} · Manyhands`;
    if (shown.current === route.value) return;
    shown.current = route.value;
    // A new page starts at its top, for eyes and for screen readers.
    scrollTo({ top: 0, behavior: 'instant' });
    main.current?.focus({ preventScroll: true });
  }, [route.value, language.value]);
  return (
    <>
      <button type="button" class="skip-link" onClick={() => main.current?.focus()}>
        {t('shell.skip')}
      </button>
      <SiteHeader current={route.value} theme={theme} languages={languages} />
      <UpdateNotice />
      <LanguageNotice languages={languages} />
      <main id="main" ref={main} tabIndex={-1} class={`page page-${route.value}`}>
        <Page />
      </main>
      <SiteFooter isShort={route.value === 'chat'} />
      <CircleDialog />
    </>
  );
}

function SiteHeader(props: Omit<AppProps, 'route'> & { readonly current: Route }) {
  const { current, theme, languages } = props;
  return (
    <header class="site-header">
      <div class="site-header-inner">
        <a class="brand" href="#/" aria-label={t('shell.toHome')}>
          <BrandMark />
          <span>Manyhands</span>
        </a>
        <nav class="site-nav" aria-label={t('shell.nav')}>
          {ROUTES.filter((entry) => !OUTSIDE_NAV.has(entry.route)).map((entry) => (
            <a
              key={entry.route}
              href={entry.path}
              aria-current={entry.route === current ? 'page' : undefined}
            >
              {t(`shell.pages.${entry.route}`)}
            </a>
          ))}
        </nav>
        <div class="site-tools">
          <ContributionBadge />
          <RelayDot />
          <LanguageSelect languages={languages} />
          <ThemeButton theme={theme} />
        </div>
      </div>
    </header>
  );
}
