import { createCatalogClient } from '@manyhands/peer/catalog-client';
import { type GuestNavigator, watchConditions } from '@manyhands/peer/volunteer/guest-conditions';
import { createIndexedDbCircleStore } from '@manyhands/swarm/circle-store';
import { openKeyDatabase } from '@manyhands/swarm/key-database';
import { effect } from '@preact/signals';
import { render } from 'preact';
import { App } from './app.tsx';
import { SiteContext } from './components/site-context.ts';
import { UpdateContext } from './components/update-context.ts';
import { showErase } from './erase-page.tsx';
import { startBench } from './state/bench.ts';
import { BLOCKED_KEY } from './state/blocked.ts';
import { createConversationDatabase } from './state/conversation-database.ts';
import { readEnvironment } from './state/environment.ts';
import { goErase, heedErase, isEraseDocument } from './state/erase.ts';
import { takeInvite } from './state/invite-link.ts';
import { createLanguageChoice, LANGUAGE_KEY, markLanguage } from './state/language-choice.ts';
import { LANGUAGE_WAIT_MS } from './state/limits.ts';
import { readHistory } from './state/network-history.ts';
import { openPeer, runPreflight } from './state/open-peer.ts';
import { createRouter } from './state/route.ts';
import { createSite } from './state/site.ts';
import { readSiteFacts } from './state/site-facts.ts';
import { createSiteUpdate, type SiteUpdate } from './state/site-update.ts';
import { createSiteWorker, type SiteWorker } from './state/site-worker.ts';
import { createStorageDevice } from './state/storage-device.ts';
import { openStorage, writeStored } from './state/stored.ts';
import { createThemeChoice } from './state/theme.ts';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/shell.css';
import './styles/parts.css';
import './styles/markdown.css';
import './styles/model-list.css';
import './styles/home.css';
import './styles/contribute.css';
import './styles/contribute-give.css';
import './styles/preflight.css';
import './styles/contribute-picture.css';
import './styles/chat.css';
import './styles/chat-settings.css';
import './styles/chain.css';
import './styles/circle.css';
import './styles/history.css';
import './styles/composer.css';
import './styles/network.css';
import './styles/bench.css';
import './styles/storage.css';
import './styles/privacy.css';

/** Written after a change, which the other tabs of this browser hear as an event. */
const CIRCLES_CHANGED_KEY = 'manyhands.circles-changed';

/** Makes the site and shows it. */
async function startSite(root: HTMLElement): Promise<void> {
  const localStorage = openStorage('localStorage');
  const sessionStorage = openStorage('sessionStorage');
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
    readHistory: async (signal) => readHistory(fetch, await relayOrigin, signal),
    environment: readEnvironment(globalThis),
    circles: {
      store: createIndexedDbCircleStore(),
      tellOthers: () => writeStored(localStorage, CIRCLES_CHANGED_KEY, Date.now()),
    },
    conversations: {
      openDatabase: (onOutdated) => createConversationDatabase(undefined, onOutdated),
      channel: new BroadcastChannel('manyhands.conversations'),
      locks: navigator.locks,
    },
    historyDatabase: openKeyDatabase('manyhands-history'),
    localStorage,
    sessionStorage,
    storageDevice: createStorageDevice(globalThis),
    goErase: () => goErase(window, sessionStorage),
  });
  const theme = createThemeChoice(document.documentElement, localStorage);
  const languages = createLanguageChoice({ storage: localStorage, wanted: navigator.languages });
  markLanguage(document.documentElement);
  const openInvite = (): void => {
    const invite = takeInvite(window);
    if (invite !== undefined) void site.circleDialog.openInvite(invite);
  };
  // Before the router, which knows no such page.
  openInvite();
  addEventListener('hashchange', openInvite);
  addEventListener('storage', ({ key }) => {
    if (key === BLOCKED_KEY) site.blocked.refresh();
    if (key === CIRCLES_CHANGED_KEY) void site.circles.refresh();
    if (key === LANGUAGE_KEY) void languages.follow();
  });
  const { route } = createRouter(window);
  heedErase(window, sessionStorage);
  const worker = import.meta.env.PROD ? createSiteWorker(window) : undefined;
  const update = createSiteUpdate({
    isAnswering: site.chat.isBusy,
    isServing: site.contribution.isActive,
    stopServing: site.contribution.stop,
    takeNewest: async () => worker?.takeNewest(),
    reloadPage: () => location.reload(),
  });
  // A script of this version that is neither kept nor on the server any more, or no network.
  addEventListener('vite:preloadError', update.reportBroken);

  // Words that are on their way are waited for a little, so that nobody sees one language turn into another.
  await Promise.race([languages.ready, new Promise((go) => setTimeout(go, LANGUAGE_WAIT_MS))]);
  render(
    <SiteContext.Provider value={site}>
      <UpdateContext.Provider value={update}>
        <App route={route} theme={theme} languages={languages} />
      </UpdateContext.Provider>
    </SiteContext.Provider>,
    root,
  );

  // The page is drawn first; then the tab learns from its relay who is there. Nothing of a model is
  // fetched for that, and nothing is computed.
  setTimeout(site.connection.retry, 0);
  if (worker !== undefined) keepSite(worker, update);

  /** Only this tab has them: the browser asks whether to close it. */
  const warnOfLoss = (event: BeforeUnloadEvent): void => event.preventDefault();
  effect(() => {
    const { trouble, unsavedCount } = site.conversations;
    const isAtStake = trouble.value === 'full' && unsavedCount.value > 0;
    // A listener that stays keeps the page out of the browser's back-forward cache.
    if (isAtStake) addEventListener('beforeunload', warnOfLoss);
    else removeEventListener('beforeunload', warnOfLoss);
  });

  addEventListener('pagehide', site.leave);
  addEventListener('pageshow', (event) => {
    if (event.persisted) site.resume();
  });
}

/** After everything that the person waits for. Who saves data does not fetch what might never be needed. */
function keepSite(worker: SiteWorker, update: SiteUpdate): void {
  const { connection } = navigator as Navigator & { connection?: { readonly saveData?: boolean } };
  if (connection?.saveData === true) return;
  const start = (): void => {
    // Refused by the browser's settings: the site then needs its network, as before.
    worker.start(update.offer).catch(() => undefined);
  };
  if (document.readyState === 'complete') setTimeout(start, 0);
  else addEventListener('load', start);
}

const root = document.getElementById('app');
if (root !== null) {
  if (isEraseDocument(location)) showErase(window, root);
  else void startSite(root);
}
