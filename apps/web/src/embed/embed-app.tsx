import { useEffect } from 'preact/hooks';
import { BrandMark, StopIcon } from '../components/icon.tsx';
import { ErrorNotice } from '../components/notice.tsx';
import { useSite } from '../components/site-context.ts';
import { t } from '../strings/language.ts';
import { ChatView } from './chat-view.tsx';
import { ConsentView } from './consent-view.tsx';
import type { Embed } from './embed.ts';
import { useEmbed, useWatched } from './embed-context.ts';
import { ServingView } from './serving-view.tsx';

/** All that other sites show of Manyhands. */
export function EmbedApp() {
  const embed = useEmbed();
  const { contribution } = useSite();
  const isServing = contribution.isActive.value || contribution.state.value.phase === 'failed';
  const tab = embed.tab.value;
  const refusal = embed.refusal.value;
  useEffect(() => {
    if (refusal !== undefined) scrollTo(0, 0);
  }, [refusal]);
  return (
    <>
      <FrameBar isServing={isServing} />
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: browsers make a click of Enter on a link. */}
      <main class="embed-main" onClick={(event) => followToContribute(event, embed)}>
        {contribution.obstacle === undefined ? null : <ErrorNotice error={contribution.obstacle} />}
        {/* The chat has a notice of its own about its relay. */}
        {refusal === undefined || tab === 'chat' ? null : (
          <ErrorNotice error={refusal} handlers={{ retry: embed.site.connection.retry }} />
        )}
        {tab === 'chat' ? <ChatView /> : isServing ? <ServingView /> : <ConsentView />}
      </main>
    </>
  );
}

/** The chat links to a page that a frame does not have: its own view, where the page around wants it, else the site's. */
function followToContribute(event: MouseEvent, { tabs, show }: Embed): void {
  const { target } = event;
  if (!(target instanceof Element) || target.closest('a[href="#/contribute"]') === null) return;
  event.preventDefault();
  if (tabs.value.includes('contribute')) show('contribute');
  else open('./#/contribute', '_blank', 'noopener');
}

/** Whose frame this is, and while it computes the way to stop it, always in view. */
function FrameBar({ isServing }: { readonly isServing: boolean }) {
  const embed = useEmbed();
  const { contribution } = useSite();
  const { phase } = contribution.state.value;
  const tabs = embed.tabs.value;
  return (
    <header class={`embed-bar ${isServing ? 'is-serving' : ''}`}>
      <a class="brand" href="./" target="_blank" rel="noopener">
        <BrandMark />
        <BarName isServing={isServing} />
      </a>
      {tabs.length < 2 ? null : (
        <nav aria-label={t('embed.tabs.label')}>
          {tabs.map((tab) => (
            <button
              key={tab}
              type="button"
              class="button-quiet"
              data-testid={`embed-tab-${tab}`}
              aria-pressed={tab === embed.tab.value}
              onClick={() => embed.show(tab)}
            >
              {t(`embed.tabs.${tab}`)}
            </button>
          ))}
        </nav>
      )}
      {isServing ? (
        <span class={`pill pill-${phase}`} data-testid="volunteer-phase">
          {t(`embed.serving.phases.${phase}`)}
        </span>
      ) : null}
      {contribution.isActive.value ? (
        <button
          type="button"
          class="button button-small button-danger"
          data-testid="embed-stop"
          onClick={() => void contribution.stop()}
        >
          <StopIcon /> {t(phase === 'stopping' ? 'embed.stopNow' : 'embed.stop')}
        </button>
      ) : null}
    </header>
  );
}

/** While it computes, the bar is what has to be in view. */
function BarName({ isServing }: { readonly isServing: boolean }) {
  return isServing ? <WatchedName key="watched" /> : <span>Manyhands</span>;
}

function WatchedName() {
  const name = useWatched<HTMLSpanElement>();
  return (
    <span ref={name} data-anchor>
      Manyhands
    </span>
  );
}
