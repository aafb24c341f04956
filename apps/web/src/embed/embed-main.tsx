import { createCatalogClient } from '@manyhands/peer/catalog-client';
import { type GuestNavigator, watchConditions } from '@manyhands/peer/volunteer/guest-conditions';
import { effect, untracked } from '@preact/signals';
import { render } from 'preact';
import { SiteContext } from '../components/site-context.ts';
import { startBench } from '../state/bench.ts';
import { readEnvironment } from '../state/environment.ts';
import { runPreflight } from '../state/open-peer.ts';
import { createSite } from '../state/site.ts';
import { ConfirmView } from './confirm-view.tsx';
import { askInWindow, readQuestion } from './confirm-window.ts';
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
import '../styles/chain.css';
import '../styles/composer.css';
import '../styles/shell.css';
import '../styles/embed.css';

const root = document.getElementById('app');
const question = readQuestion(window);
if (root !== null) {
  if (question !== undefined) render(<ConfirmView question={question} />, root);
  else if (window.parent === window) location.replace('/');
  else void openFrame(root);
}

async function openFrame(container: HTMLElement): Promise<void> {
  let stop = (): void => undefined;
  // Listens before anything is waited for: the page around speaks as soon as this one has loaded.
  const host = createHostLink(window, { onStop: () => stop() });
  const storage = openFrameStorage(globalThis);
  await storage.restore();
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
    askInWindow: (name) => askInWindow(window, name),
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
