import { useEffect } from 'preact/hooks';
import { TierPicker } from '../components/circle/tier-picker.tsx';
import { ContributionPanel } from '../components/contribution-panel.tsx';
import { ContributionSettingsForm } from '../components/contribution-settings-form.tsx';
import { ErrorNotice, Notice } from '../components/notice.tsx';
import { PreflightPanel } from '../components/preflight-panel.tsx';
import { RelayNotice } from '../components/relay-notice.tsx';
import { useSite } from '../components/site-context.ts';

export function ContributePage() {
  const { contribution, tiers } = useSite();
  const { obstacle } = contribution;
  const { error, phase, adapter, backend } = contribution.state.value;
  return (
    <>
      <header class="page-head">
        <h1>Contribute this tab</h1>
        <p class="lead">
          Your GPU, or your processor, runs some blocks of an open language model for people who ask
          it something. It begins when you press the button and ends when you press Stop or close
          the tab.
        </p>
      </header>
      <TierPicker name="contribute" />
      {obstacle === undefined ? <RelayNotice /> : <ErrorNotice error={obstacle} />}
      {phase === 'failed' && error !== undefined ? (
        <ErrorNotice error={error} handlers={{ retry: () => void contribution.start() }} />
      ) : null}
      {adapter?.isFallback === true && backend !== undefined ? (
        <Notice tone="warning" title="This browser draws with software, not with a GPU">
          <p>
            {backend === 'wasm'
              ? 'So the processor computes directly, which is faster. '
              : 'Contributing works, but slowly. '}
            If this computer has a GPU, switch on hardware acceleration in the browser’s settings
            and restart it.
          </p>
        </Notice>
      ) : null}
      <ForWhom />
      {tiers.tier.value === 'local' ? null : (
        <>
          <PreflightPanel />
          <div class="contribute-grid">
            <ContributionPanel />
            <ContributionSettingsForm />
            <OtherPeoplesText />
            <EmbeddingSites />
          </div>
        </>
      )}
    </>
  );
}

/** Whom this tab would serve, where that is not whoever asks. */
function ForWhom() {
  const { tiers } = useSite();
  const circle = tiers.circle.value;
  switch (tiers.tier.value) {
    case 'local':
      return (
        <Notice tone="info" title="Local gives nothing to others">
          <p>
            No connection is open, so nobody can be served. Choose Circle or Public to contribute;
            in Chat this tab answers you alone.
          </p>
        </Notice>
      );
    case 'circle':
      return circle === undefined || tiers.isExpired.value ? (
        <Notice tone="warning" title={circle ? 'This circle has expired' : 'No circle is chosen'}>
          <p>
            {circle
              ? 'Its keys no longer work. Ask a member for a new invitation, or choose another circle.'
              : 'Choose a circle, make one, or open the link that somebody sent you.'}
          </p>
        </Notice>
      ) : (
        <Notice tone="info" title={`Only for ${circle.name}`}>
          <p>
            While a circle is chosen this tab serves its members and nobody else. They can see your
            IP address.
          </p>
        </Notice>
      );
    case 'public':
      return null;
    default:
      return tiers.tier.value satisfies never;
  }
}

function OtherPeoplesText() {
  return (
    <section class="card card-quiet" aria-labelledby="others-title">
      <h2 id="others-title">Other people’s text</h2>
      <p>
        While somebody’s question is answered, numbers computed from it pass through this tab’s
        memory, in some chains the text itself as token ids; an embedding model is sent the text as
        it is. Manyhands neither shows nor stores any of it, and frees that memory when the session
        closes.
      </p>
      <p>
        Somebody determined could reconstruct text from those numbers, which is why everybody who
        asks is told so first. The people you connect to see your IP address, as with every direct
        connection; under Limits you can hide it from them.
      </p>
    </section>
  );
}

/** Frames elsewhere that begin by themselves; only a browser that lets them share this storage has any. */
function EmbeddingSites() {
  const { consents } = useSite();
  useEffect(() => {
    addEventListener('storage', consents.refresh);
    return () => removeEventListener('storage', consents.refresh);
  }, [consents]);
  if (consents.list.value.length === 0) return null;
  return (
    <section class="card card-quiet" aria-labelledby="sites-title" data-testid="embed-sites">
      <h2 id="sites-title">Frames on other sites</h2>
      <p>On these sites you said that a frame of Manyhands may begin by itself.</p>
      <ul class="site-list">
        {consents.list.value.map(({ site, atMs }) => (
          <li key={site}>
            <span>
              {site} <span class="fine">since {new Date(atMs).toLocaleDateString('en-GB')}</span>
            </span>
            <button
              type="button"
              class="button button-small"
              aria-label={`Take it back for ${site}`}
              onClick={() => consents.revoke(site)}
            >
              Take it back
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
