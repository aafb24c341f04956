import { Rich } from '../components/rich.tsx';
import { useSite } from '../components/site-context.ts';
import { describePhase } from '../state/contribution-view.ts';
import { t } from '../strings/language.ts';
import type { Press } from './consent-gate.ts';
import { type ConsentPoint, hostOf, listConsentPoints } from './consent-text.ts';
import { useEmbed, useWatched } from './embed-context.ts';
import { FrameLimits } from './frame-limits.tsx';
import { StorageAccess } from './storage-access.tsx';

/** Everything that somebody says yes to, and below it the button that says it. */
export function ConsentView() {
  const embed = useEmbed();
  const { contribution } = useSite();
  const site = embed.siteName.value;
  const { phase } = contribution.state.value;
  const points = listConsentPoints(contribution.settings.value, embed.storage.state.value);
  return (
    <section class="embed-consent" aria-labelledby="embed-title">
      <ConsentHeading site={site} />
      {phase === 'stopped' ? (
        <p class="fine" role="status" data-testid="embed-stopped">
          {describePhase(contribution.state.value, Date.now())}
        </p>
      ) : null}
      <dl class="embed-points">
        {points.map((point) => (
          <Point key={point.name} point={point} />
        ))}
      </dl>
      <ConsentButton isPossible={contribution.obstacle === undefined && site !== undefined} />
      {embed.hint.value === undefined ? null : (
        <p class="embed-hint" role="alert" data-testid="embed-hint">
          {embed.hint.value}
        </p>
      )}
      <RememberBox />
      <StorageAccess />
      <FrameLimits />
    </section>
  );
}

/** Also what the window says that asks once more. */
export function ConsentHeading({ site }: { readonly site: string | undefined }) {
  const title = useWatched<HTMLHeadingElement>();
  const text = useWatched<HTMLParagraphElement>();
  return (
    <>
      <h1 id="embed-title" ref={title}>
        {t('embed.consent.title')}
      </h1>
      <p ref={text} data-testid="embed-site">
        {site === undefined ? (
          t('embed.consent.looking')
        ) : (
          <Rich
            text={t('embed.consent.about', { site: hostOf(site), host: location.host })}
            parts={{ site: strong, host: strong }}
          />
        )}
      </p>
    </>
  );
}

const strong = (words: string) => <strong>{words}</strong>;

export function Point({ point }: { readonly point: ConsentPoint }) {
  const text = useWatched<HTMLElement>();
  return (
    <div>
      <dt>{point.name}</dt>
      <dd ref={text}>{point.text}</dd>
    </div>
  );
}

function ConsentButton({ isPossible }: { readonly isPossible: boolean }) {
  const embed = useEmbed();
  const button = useWatched<HTMLButtonElement>();
  return (
    <button
      ref={button}
      data-anchor
      type="button"
      class="button button-primary button-large"
      data-testid="embed-start"
      disabled={!isPossible}
      onClick={(event) => void embed.press(pressOf(event))}
    >
      {t('embed.consent.yes')}
    </button>
  );
}

/** A click without a pointer came from the keyboard or from assistive technology. */
function pressOf(event: MouseEvent): Press {
  const { isTrusted, screenX, screenY, clientX, clientY, detail } = event;
  const pointer = detail === 0 ? undefined : { screenX, screenY, clientX, clientY };
  return { isTrusted, pointer };
}

function RememberBox() {
  const embed = useEmbed();
  const site = hostOf(embed.siteName.value ?? '');
  if (embed.storage.state.value === 'blocked') {
    return (
      <p class="fine" data-testid="embed-storage" data-state="blocked">
        {t('embed.consent.notKept')}
      </p>
    );
  }
  if (embed.isRemembered.value) {
    return (
      <p class="fine">
        {t('embed.consent.remembered', { site })}{' '}
        <button type="button" class="link" data-testid="embed-revoke" onClick={embed.revoke}>
          {t('embed.consent.forget')}
        </button>
      </p>
    );
  }
  return (
    <label class="embed-remember">
      <input
        type="checkbox"
        data-testid="embed-remember"
        checked={embed.wantsRemembering.value}
        onChange={(event) => {
          embed.wantsRemembering.value = event.currentTarget.checked;
        }}
      />
      <span>{t('embed.consent.remember', { site })}</span>
    </label>
  );
}
