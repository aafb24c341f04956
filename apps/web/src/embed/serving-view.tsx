import { ErrorNotice } from '../components/notice.tsx';
import { useSite } from '../components/site-context.ts';
import {
  describeDownload,
  describePhase,
  describeRange,
  nameOfModel,
} from '../state/contribution-view.ts';
import { formatCount, formatTokenRate } from '../state/format.ts';
import { describeData } from '../state/guest-view.ts';
import { t } from '../strings/language.ts';
import { hostOf } from './consent-text.ts';
import { useEmbed } from './embed-context.ts';
import { FrameLimits } from './frame-limits.tsx';
import { StorageAccess } from './storage-access.tsx';

/** What this tab gives, and the ways to end it. */
export function ServingView() {
  const embed = useEmbed();
  const { contribution, connection, catalog } = useSite();
  const state = contribution.state.value;
  const { error } = state;
  const download = describeDownload(state);
  const model = nameOfModel(catalog.entries.value, state.modelRoot);
  const range = describeRange(state);
  const { value: siteName } = embed.siteName;
  const site = siteName === undefined ? t('embed.serving.thisSite') : hostOf(siteName);
  return (
    <section class="embed-serving" aria-label={t('embed.serving.label')}>
      {state.phase === 'failed' && error !== undefined ? (
        <ErrorNotice error={error} handlers={{ retry: () => void contribution.start() }} />
      ) : (
        <p class="contribution-sentence" role="status" data-testid="embed-sentence">
          {describePhase(state, Date.now())}
        </p>
      )}
      {connection.status.value.state === 'waiting' && connection.status.value.error ? (
        <ErrorNotice error={connection.status.value.error} handlers={{ retry: connection.retry }} />
      ) : null}
      {model === undefined ? null : (
        <p class="fine">
          <strong>{model}</strong>
          {range === undefined ? '' : `: ${range}`}
        </p>
      )}
      {download === undefined ? null : (
        <div class="download">
          <progress max={1} value={download.fraction} aria-label={download.label} />
          <p>
            <span>{download.amount}</span>
          </p>
        </div>
      )}
      <Figures />
      <p class="fine">
        {t('embed.serving.agreed', { site })}{' '}
        <button type="button" class="link" data-testid="embed-revoke" onClick={embed.revoke}>
          {t('embed.serving.revoke')}
        </button>
      </p>
      <StorageAccess />
      <FrameLimits />
    </section>
  );
}

function Figures() {
  const { contribution } = useSite();
  const state = contribution.state.value;
  const { amount } = describeData(
    contribution.usage.today.value,
    contribution.settings.value.rules,
  );
  const speed = state.tokensPerSecond;
  return (
    <dl class="figures">
      <div>
        <dt>{t('embed.serving.tokens')}</dt>
        <dd data-testid="tokens-served" data-value={state.tokensServed}>
          {formatCount(state.tokensServed)}
        </dd>
      </div>
      <div>
        <dt>{t('embed.serving.speed')}</dt>
        <dd>{speed === undefined ? '–' : formatTokenRate(speed)}</dd>
      </div>
      <div>
        <dt>{t('embed.serving.data')}</dt>
        <dd>{amount}</dd>
      </div>
    </dl>
  );
}
