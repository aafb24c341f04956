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
import { HoldingStrip } from './block-strip.tsx';
import { CheckRow } from './guest-fields.tsx';
import { StopIcon } from './icon.tsx';
import { useSite } from './site-context.ts';

/** Consent, then everything this tab does with it, live. */
export function ContributionPanel() {
  const { contribution, preflight, tiers } = useSite();
  const state = contribution.state.value;
  const isActive = contribution.isActive.value;
  return (
    <section class="card contribution" aria-labelledby="contribution-title">
      <div class="contribution-head">
        <h2 id="contribution-title">This tab</h2>
        <span class={`pill pill-${state.phase}`} data-testid="volunteer-phase">
          {state.phase}
        </span>
      </div>
      <p class="contribution-sentence" role="status">
        {describePhase(state, Date.now())}
      </p>
      {isActive || state.phase === 'stopped' ? <Live state={state} /> : null}
      {isActive ? <DayData /> : null}
      {isActive ? (
        <button
          type="button"
          class="button button-danger button-large"
          data-testid="contribute-stop"
          onClick={() => void contribution.stop()}
        >
          <StopIcon /> {state.phase === 'stopping' ? 'Stop at once' : 'Stop'}
        </button>
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
        label="Go on while this tab is in the background"
        hint="Otherwise it pauses as soon as you look at another tab."
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
        Contribute
      </button>
      <p id="consent-text">
        Pressing it means yes to this: the tab downloads blocks of a model and keeps them in this
        browser, computes within the limits you set, and connects to{' '}
        {tiers.tier.value === 'circle' ? 'the tabs of this circle’s members' : 'strangers’ tabs'},
        who can see your IP address. Until then nothing is downloaded and nothing is computed.
      </p>
    </div>
  );
}

function Live({ state }: { readonly state: VolunteerState }) {
  const { catalog } = useSite();
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
          <strong>{model}</strong>
          {range === undefined ? '' : `: ${range}`}
        </p>
      )}
      {state.range === undefined || state.blockCount === undefined ? null : (
        <HoldingStrip
          blockCount={state.blockCount}
          firstBlock={state.range.firstBlock}
          endBlock={state.range.endBlock}
          fraction={state.phase === 'loading' ? (download?.fraction ?? 0) : 1}
        />
      )}
      {download === undefined ? null : <Download view={download} />}
      <dl class="figures">
        {listFigures(state).map((figure) => (
          <div key={figure.name}>
            <dt>{figure.name}</dt>
            <dd data-testid={figure.testId} data-value={figure.raw}>
              {figure.value}
            </dd>
          </div>
        ))}
      </dl>
      {state.placementReason === undefined ? null : <p class="fine">{state.placementReason}</p>}
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
        <p class="fine tone-bad">
          The relay is out of reach: conversations that run go on, new ones wait until it is back.
        </p>
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
        <progress max={1} value={fraction} aria-label="Data of today" />
      )}
      <p>
        <span>Data: {amount}</span>
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
