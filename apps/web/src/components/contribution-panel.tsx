import type { VolunteerState } from '@manyhands/peer/volunteer/volunteer-state';
import {
  type DownloadView,
  describeDevice,
  describeDownload,
  describePhase,
  describeProvider,
  describeRange,
  describeRecoveries,
  listFigures,
  nameOfModel,
} from '../state/contribution-view.ts';
import { describeData } from '../state/guest-view.ts';
import { describePlacement } from '../state/reason-view.ts';
import { t } from '../strings/language.ts';
import { PauseControls, ResumeButton } from './contribution-pause.tsx';
import { RateLine } from './contribution-rate.tsx';
import { TEXT_SECTION } from './contribution-text.tsx';
import { CheckRow } from './guest-fields.tsx';
import { StopIcon } from './icon.tsx';
import { Rich } from './rich.tsx';
import { useSite } from './site-context.ts';
import { StagePicture } from './stage-picture.tsx';

/** Consent, then everything this tab does with it, live. */
export function ContributionPanel() {
  const { contribution, preflight, tiers } = useSite();
  const state = contribution.state.value;
  const isActive = contribution.isActive.value;
  return (
    <section class="card contribution" aria-labelledby="contribution-title">
      <div class="contribution-head">
        <h2 id="contribution-title">{t('contribute.panel.title')}</h2>
        <span class={`pill pill-${state.phase}`} data-testid="volunteer-phase">
          {t(`contribute.phases.${state.phase}`)}
        </span>
      </div>
      <div class={state.pause === undefined ? 'contribution-now' : 'contribution-now is-paused'}>
        <p class="contribution-sentence" role="status">
          {describePhase(state, Date.now())}
        </p>
        {isActive ? <ResumeButton /> : null}
      </div>
      {isActive || state.phase === 'stopped' ? <Live state={state} /> : null}
      {isActive ? <DayData /> : null}
      {isActive ? (
        <div class="contribution-actions">
          <button
            type="button"
            class="button button-danger button-large"
            data-testid="contribute-stop"
            onClick={() => void contribution.stop()}
          >
            <StopIcon />{' '}
            {state.phase === 'stopping'
              ? t('contribute.panel.stopNow')
              : t('contribute.panel.stop')}
          </button>
          {state.phase === 'stopping' ? null : <PauseControls />}
        </div>
      ) : (
        <Consent
          isPossible={contribution.obstacle === undefined && tiers.scope.value !== undefined}
          onStart={() => {
            void contribution.start();
            // Now that the person said yes, the GPU and the relay's STUN servers may be asked too.
            void preflight.run('thorough');
          }}
        />
      )}
    </section>
  );
}

function Consent(props: { readonly isPossible: boolean; readonly onStart: () => void }) {
  const { contribution, tiers } = useSite();
  const { rules } = contribution.settings.value;
  return (
    <div class="consent">
      <CheckRow
        testId="consent-hidden"
        label={t('contribute.panel.hidden')}
        hint={t('contribute.panel.hiddenHint')}
        isChecked={rules.servesHidden}
        onChange={(servesHidden) => contribution.changeRules({ servesHidden })}
      />
      <button
        type="button"
        class="button button-primary button-large"
        data-testid="contribute-start"
        aria-describedby="consent-text"
        disabled={!props.isPossible}
        onClick={props.onStart}
      >
        {t('contribute.panel.start')}
      </button>
      <p id="consent-text">
        {tiers.tier.value === 'circle'
          ? t('contribute.panel.consentCircle')
          : t('contribute.panel.consentPublic')}
      </p>
      <p>
        <Rich text={t('contribute.panel.consentText')} parts={{ link: linkToText }} />
      </p>
    </div>
  );
}

/** A link would be a route: the part of the page is shown and focused instead. */
const linkToText = (words: string) => (
  <button type="button" class="link" onClick={() => document.getElementById(TEXT_SECTION)?.focus()}>
    {words}
  </button>
);

function Live({ state }: { readonly state: VolunteerState }) {
  const { catalog, contribution } = useSite();
  const download = describeDownload(state);
  const model = nameOfModel(catalog.entries.value, state.modelRoot);
  const range = describeRange(state);
  const device = describeDevice(state);
  const provider = describeProvider(state);
  const recoveries = describeRecoveries(state);
  return (
    <>
      {model === undefined ? null : (
        <p class="holding">
          {range === undefined ? (
            <strong>{model}</strong>
          ) : (
            <Rich
              text={t('contribute.holding.named', { model, range })}
              parts={{ model: (words) => <strong>{words}</strong> }}
            />
          )}
        </p>
      )}
      {state.range === undefined || state.blockCount === undefined ? null : (
        <StagePicture
          state={state}
          range={state.range}
          blockCount={state.blockCount}
          fraction={state.phase === 'loading' ? (download?.fraction ?? 0) : 1}
        />
      )}
      {download === undefined ? null : <Download view={download} />}
      <dl class="figures">
        {listFigures(state, contribution.rate.samples.value).map((figure) => (
          <div key={figure.name}>
            <dt>{figure.name}</dt>
            <dd data-testid={figure.testId} data-value={figure.raw}>
              {figure.value}
            </dd>
          </div>
        ))}
      </dl>
      {contribution.isActive.value ? <RateLine /> : null}
      {state.placement === undefined ? null : (
        <p class="fine" lang={state.placement.code === 'told' ? 'en' : undefined}>
          {describePlacement(state.placement, model)}
        </p>
      )}
      {device === undefined ? null : (
        <p class="fine" data-testid="volunteer-device" data-backend={state.backend}>
          {device}
        </p>
      )}
      {provider === undefined ? null : <p class="fine">{provider}</p>}
      {recoveries === undefined ? null : (
        <p class="fine" data-testid="volunteer-recoveries">
          {recoveries}
        </p>
      )}
      {state.phase === 'serving' && !state.isRelayConnected ? (
        <p class="fine tone-bad">{t('contribute.device.relayGone')}</p>
      ) : null}
    </>
  );
}

/** What the day's data is, and what is left of it. */
function DayData() {
  const { contribution } = useSite();
  const { rules } = contribution.settings.value;
  const { amount, left, fraction } = describeData(contribution.usage.today.value, rules);
  return (
    <div class="download" data-testid="day-data">
      {fraction === undefined ? null : (
        <progress max={1} value={fraction} aria-label={t('guest.data.ofToday')} />
      )}
      <p>
        <span>{t('guest.data.line', { amount })}</span>
        <span>{left}</span>
      </p>
    </div>
  );
}

function Download({ view }: { readonly view: DownloadView }) {
  return (
    <div class="download">
      <progress max={1} value={view.fraction} aria-label={view.label} />
      <p>
        <span>{view.amount}</span>
        <span>{view.detail}</span>
      </p>
    </div>
  );
}
