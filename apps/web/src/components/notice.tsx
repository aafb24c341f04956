import type { ErrorReport } from '@manyhands/peer/error-report';
import type { ComponentChildren } from 'preact';
import { chooseRemedy, type RemedyAction } from '../state/remedy.ts';
import { t } from '../strings/language.ts';
import { InfoIcon, WarningIcon } from './icon.tsx';
import { useReload } from './update-context.ts';

export interface NoticeProps {
  readonly tone: 'info' | 'warning';
  readonly title: string;
  readonly children?: ComponentChildren;
}

/** Something to know, with nothing broken. */
export function Notice({ tone, title, children }: NoticeProps) {
  return (
    <div class={`notice notice-${tone}`} role="note">
      {tone === 'info' ? <InfoIcon /> : <WarningIcon />}
      <div class="notice-body">
        <p class="notice-title">{title}</p>
        {children}
      </div>
    </div>
  );
}

export interface ErrorNoticeProps {
  readonly error: ErrorReport;
  /** What only the page knows, e.g. which blocks are missing. */
  readonly detail?: string;
  /** Actions without a handler are not offered; `reload` and `contribute` need none. */
  readonly handlers?: Partial<Record<RemedyAction, () => void>>;
}

/** An error with its remedy: what happened, what to do, and a button where a click can do it. */
export function ErrorNotice({ error, detail, handlers = {} }: ErrorNoticeProps) {
  const remedy = chooseRemedy(error);
  return (
    <div class="notice notice-error" role="alert" data-testid="error-notice" data-code={error.code}>
      <WarningIcon />
      <div class="notice-body">
        <p class="notice-title">{remedy.title}</p>
        <p>
          {detail === undefined ? '' : `${detail} `}
          {remedy.advice}
        </p>
        <details class="notice-detail">
          <summary>
            {t('remedies.detail')} <code>{error.code}</code>
          </summary>
          <p lang="en">{error.message}</p>
        </details>
        <div class="notice-actions">
          {remedy.actions.map((action) => (
            <RemedyButton key={action} action={action} onClick={handlers[action]} />
          ))}
        </div>
      </div>
    </div>
  );
}

function RemedyButton(props: {
  readonly action: RemedyAction;
  readonly onClick: (() => void) | undefined;
}) {
  const reload = useReload();
  const label = t(`remedies.actions.${props.action}`);
  if (props.action === 'contribute') {
    return (
      <a class="button button-small" href="#/contribute">
        {label}
      </a>
    );
  }
  const onClick = props.action === 'reload' ? reload : props.onClick;
  if (onClick === undefined) return null;
  return (
    <button
      type="button"
      class="button button-small"
      data-testid={`error-${props.action}`}
      onClick={onClick}
    >
      {label}
    </button>
  );
}
