import { createCatalogClient } from '@manyhands/peer/catalog-client';
import { type GuestNavigator, watchConditions } from '@manyhands/peer/volunteer/guest-conditions';
import { createIndexedDbCircleStore } from '@manyhands/swarm/circle-store';
import { render } from 'preact';
import { App } from './app.tsx';
import { SiteContext } from './components/site-context.ts';
import { startBench } from './state/bench.ts';
import { readEnvironment } from './state/environment.ts';
import { takeInvite } from './state/invite-link.ts';
import { openPeer, runPreflight } from './state/open-peer.ts';
import { createRouter } from './state/route.ts';
import { createSite } from './state/site.ts';
import { readSiteFacts } from './state/site-facts.ts';
import { openStorage, writeStored } from './state/stored.ts';
import { createThemeChoice } from './state/theme.ts';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/shell.css';
import './styles/parts.css';
import './styles/markdown.css';
import './styles/home.css';
import './styles/contribute.css';
import './styles/chat.css';
import './styles/chain.css';
import './styles/circle.css';
import './styles/composer.css';
import './styles/network.css';
import './styles/bench.css';
import './styles/privacy.css';

/** Written after a change, which the other tabs of this browser hear as an event. */
const CIRCLES_CHANGED_KEY = 'manyhands.circles-changed';

const localStorage = openStorage('localStorage');
const facts = readSiteFacts(fetch);
/** Where relay, catalogue and models are: here, unless the operator says otherwise. */
const relayOrigin = facts.then(({ relay }) => relay ?? location.origin);
const site = createSite({
  openPeer: async (paths, scope) => openPeer(paths, scope, await relayOrigin),
  startBench,
  runPreflight,
  watchConditions: (onChange) =>
    watchConditions({ document, navigator: navigator as GuestNavigator }, onChange),
  readCatalog: async (signal) => {
    const origin = await relayOrigin;
    return createCatalogClient(() => [origin]).read(signal);
  },
  readFacts: () => facts,
  environment: readEnvironment(globalThis),
  circles: {
    store: createIndexedDbCircleStore(),
    tellOthers: () => writeStored(localStorage, CIRCLES_CHANGED_KEY, Date.now()),
  },
  localStorage,
  sessionStorage: openStorage('sessionStorage'),
});
const theme = createThemeChoice(document.documentElement, localStorage);
const openInvite = (): void => {
  const invite = takeInvite(window);
  if (invite !== undefined) void site.circleDialog.openInvite(invite);
};
// Before the router, which knows no such page.
openInvite();
addEventListener('hashchange', openInvite);
addEventListener('storage', ({ key }) => {
  if (key === CIRCLES_CHANGED_KEY) void site.circles.refresh();
});
const { route } = createRouter(window);

const root = document.getElementById('app');
if (root !== null) {
  render(
    <SiteContext.Provider value={site}>
      <App route={route} theme={theme} />
    </SiteContext.Provider>,
    root,
  );
}

// The page is drawn first; then the tab learns from its relay who is there. Nothing of a model is
// fetched for that, and nothing is computed.
setTimeout(site.connection.retry, 0);

addEventListener('pagehide', site.leave);
addEventListener('pageshow', (event) => {
  if (event.persisted) site.resume();
});
