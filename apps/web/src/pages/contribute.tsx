import { useEffect } from 'preact/hooks';
import { TierPicker } from '../components/circle/tier-picker.tsx';
import { ContributionHistory } from '../components/contribution-history.tsx';
import { ContributionPanel } from '../components/contribution-panel.tsx';
import { ContributionSettingsForm } from '../components/contribution-settings-form.tsx';
import { OtherPeoplesText } from '../components/contribution-text.tsx';
import { ErrorNotice, Notice } from '../components/notice.tsx';
import { PreflightPanel } from '../components/preflight-panel.tsx';
import { RelayNotice } from '../components/relay-notice.tsx';
import { Rich } from '../components/rich.tsx';
import { useSite } from '../components/site-context.ts';
import { formatDate } from '../state/guest-view.ts';
import { t } from '../strings/language.ts';

export function ContributePage() {
  const { contribution, tiers } = useSite();
  const { obstacle } = contribution;
  const { error, phase, adapter, backend } = contribution.state.value;
  const isLocal = tiers.tier.value === 'local';
  return (
    <>
      <header class="page-head">
        <h1>{t('contribute.title')}</h1>
        <p class="lead">{t('contribute.lead')}</p>
      </header>
      <TierPicker name="contribute" />
      {obstacle === undefined || isLocal ? <RelayNotice /> : <ErrorNotice error={obstacle} />}
      {phase === 'failed' && error !== undefined ? (
        <ErrorNotice error={error} handlers={{ retry: () => void contribution.start() }} />
      ) : null}
      {adapter?.isFallback === true && backend !== undefined ? (
        <Notice tone="warning" title={t('contribute.software.title')}>
          <p>
            {backend === 'wasm' ? t('contribute.software.wasm') : t('contribute.software.webgpu')}{' '}
            {t('contribute.software.advice')}
          </p>
        </Notice>
      ) : null}
      <ForWhom />
      {isLocal ? null : (
        <>
          <PreflightPanel />
          <div class="contribute-grid">
            <ContributionPanel />
            <div class="contribute-side">
              <ContributionSettingsForm />
              <OtherPeoplesText />
              <EmbeddingSites />
            </div>
            <ContributionHistory />
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
        <Notice tone="info" title={t('contribute.forWhom.localTitle')}>
          <p>{t('contribute.forWhom.local')}</p>
        </Notice>
      );
    case 'circle':
      if (circle === undefined) {
        return (
          <Notice tone="warning" title={t('contribute.forWhom.noneTitle')}>
            <p>{t('contribute.forWhom.none')}</p>
          </Notice>
        );
      }
      return tiers.isExpired.value ? (
        <Notice tone="warning" title={t('contribute.forWhom.expiredTitle')}>
          <p>{t('contribute.forWhom.expired')}</p>
        </Notice>
      ) : (
        <Notice tone="info" title={t('contribute.forWhom.circleTitle', { circle: circle.name })}>
          <p>{t('contribute.forWhom.circle')}</p>
        </Notice>
      );
    case 'public':
      return null;
    default:
      return tiers.tier.value satisfies never;
  }
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
      <h2 id="sites-title">{t('contribute.sites.title')}</h2>
      <p>{t('contribute.sites.intro')}</p>
      <ul class="site-list">
        {consents.list.value.map(({ site, atMs }) => (
          <li key={site}>
            <span>
              {site}{' '}
              <Rich
                text={t('contribute.sites.since', { date: formatDate(atMs) })}
                parts={{ fine: (words) => <span class="fine">{words}</span> }}
              />
            </span>
            <button
              type="button"
              class="button button-small"
              aria-label={t('contribute.sites.revokeFor', { site })}
              onClick={() => consents.revoke(site)}
            >
              {t('contribute.sites.revoke')}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
