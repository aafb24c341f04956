import { createCatalogClient } from '@manyhands/peer/catalog-client';
import { type GuestNavigator, watchConditions } from '@manyhands/peer/volunteer/guest-conditions';
import { effect, untracked } from '@preact/signals';
import { render } from 'preact';
import { SiteContext } from '../components/site-context.ts';
import { startBench } from '../state/bench.ts';
import { readEnvironment } from '../state/environment.ts';
import { markLanguage } from '../state/language-choice.ts';
import { runPreflight } from '../state/open-peer.ts';
import { createSite } from '../state/site.ts';
import { chooseLanguage, showLanguage } from '../strings/language.ts';
import { ConfirmView } from './confirm-view.tsx';
import { askInWindow, type ConfirmQuestion, readQuestion } from './confirm-window.ts';
import { createEmbed } from './embed.ts';
import { EmbedApp } from './embed-app.tsx';
import { EmbedContext } from './embed-context.ts';
import { followInput, followWishes, reportHeight } from './follow-page.ts';
import { createFrameConditions } from './frame-conditions.ts';
import { createFrameSettings } from './frame-settings.ts';
import { openFrameStorage } from './frame-storage.ts';
import { createHostLink } from './host-link.ts';
import { createRealVisibility } from './real-visibility.ts';
import '../styles/tokens.css';
import '../styles/base.css';
import '../styles/controls.css';
import '../styles/parts.css';
import '../styles/markdown.css';
import '../styles/contribute.css';
import '../styles/chat.css';
import '../styles/history.css';
import '../styles/chain.css';
import '../styles/composer.css';
import '../styles/shell.css';
import '../styles/embed.css';

const root = document.getElementById('app');
const question = readQuestion(window);
if (root !== null) {
  if (question !== undefined) void openQuestion(root, question);
  else if (window.parent === window) location.replace('./');
  else void openFrame(root);
}

/**
 * Before a word is shown and never again: what somebody read is what they say yes to. Where the words of
 * their language do not come, it is asked in English.
 */
async function speak(): Promise<void> {
  await showLanguage(chooseLanguage(navigator.languages)).catch(() => undefined);
  markLanguage(document.documentElement);
}

async function openQuestion(container: HTMLElement, asked: ConfirmQuestion): Promise<void> {
  await speak();
  render(<ConfirmView question={asked} />, container);
}

async function openFrame(container: HTMLElement): Promise<void> {
  let stop = (): void => undefined;
  // Listens before anything is waited for: the page around speaks as soon as this one has loaded.
  const host = createHostLink(window, { onStop: () => stop() });
  const storage = openFrameStorage(globalThis);
  await Promise.all([storage.restore(), speak()]);
  const conditions = createFrameConditions((onChange) =>
    watchConditions({ document, navigator: navigator as GuestNavigator }, onChange),
  );
  const embedKey = new URLSearchParams(location.search).get('embed') ?? 'open';
  const site = createSite({
    openPeer: async (paths) => {
      const { createPeer } = await import('@manyhands/peer/create-peer');
      // One relay: no other one knows whom this operator lets embed.
      const { origin } = location;
      const databases = storage.shared.value?.indexedDB;
      return createPeer({ origin, relays: [origin], paths, databases, embedKey });
    },
    startBench,
    runPreflight,
    watchConditions: conditions.watch,
    readCatalog: createCatalogClient(() => [location.origin]).read,
    environment: readEnvironment(globalThis),
    localStorage: storage.local,
    sessionStorage: storage.session,
    settingsStore: createFrameSettings(storage.local),
  });
  const visibility = createRealVisibility(globalThis, (seen) => embed.setSeen(seen));
  const embed = createEmbed({
    site,
    host,
    storage,
    ancestors: [...(location.ancestorOrigins ?? [])],
    isExact: visibility.isExact,
    askInWindow: (name) =>
      askInWindow(window, name, {
        limits: site.contribution.settings.peek(),
        storage: storage.state.peek(),
      }),
    sizeOf: () => ({ width: innerWidth, height: innerHeight }),
    onSeen: conditions.setSeen,
  });
  stop = () => void site.contribution.stop();
  render(
    <SiteContext.Provider value={site}>
      <EmbedContext.Provider value={{ embed, visibility }}>
        <EmbedApp />
      </EmbedContext.Provider>
    </SiteContext.Provider>,
    container,
  );
  followWishes(embed, document.documentElement);
  followInput(embed, window);
  reportHeight(embed, container);
  // Who only looks joins nothing; who may write wants to see which models are there.
  effect(() => {
    if (host.origin.value === undefined || embed.tab.value !== 'chat') return;
    untracked(site.connection.retry);
  });
  addEventListener('pagehide', site.leave);
}
