import type { SiteUpdate, UpdateStep } from '../state/site-update.ts';
import { t } from '../strings/language.ts';
import { Notice } from './notice.tsx';
import { useUpdate } from './update-context.ts';

/** That there is a newer version, and what happens on the way to it. */
export function UpdateNotice() {
  const update = useUpdate();
  const step = update?.step.value ?? 'none';
  // A region that is there from the start is read out when something comes into it.
  return (
    <div class="shell-notice" role="status" data-testid="update" data-step={step}>
      {update === undefined || step === 'none' ? null : <Step update={update} step={step} />}
    </div>
  );
}

function Step(props: { readonly update: SiteUpdate; readonly step: Exclude<UpdateStep, 'none'> }) {
  const { update, step } = props;
  const isServing = update.isServing.value;
  switch (step) {
    case 'ready':
      return (
        <Notice tone="info" title={t('shell.update.title')}>
          <p>{t(isServing ? 'shell.update.adviceServing' : 'shell.update.advice')}</p>
          <div class="notice-actions">
            <Button id="update-reload" label={t('shell.update.reload')} onClick={update.reload} />
            <Button id="update-later" label={t('shell.update.later')} onClick={update.dismiss} />
          </div>
        </Notice>
      );
    case 'broken':
      return (
        <Notice tone="warning" title={t('shell.update.brokenTitle')}>
          <p>{t('shell.update.brokenAdvice')}</p>
          <div class="notice-actions">
            <Button id="update-reload" label={t('shell.update.reload')} onClick={update.reload} />
            <Button id="update-later" label={t('shell.dismiss')} onClick={update.dismiss} />
          </div>
        </Notice>
      );
    case 'answering':
      return (
        <Notice tone="warning" title={t('shell.update.answeringTitle')}>
          <p>{t('shell.update.answeringAdvice')}</p>
          <div class="notice-actions">
            <Button
              id="update-after"
              label={t('shell.update.afterAnswer')}
              onClick={update.reloadAfterAnswer}
            />
            <Button id="update-now" label={t('shell.update.now')} onClick={update.reloadNow} />
          </div>
        </Notice>
      );
    case 'after-answer':
      return (
        <Notice tone="info" title={t('shell.update.waitingTitle')}>
          <div class="notice-actions">
            <Button id="update-now" label={t('shell.update.now')} onClick={update.reloadNow} />
            <Button id="update-later" label={t('shell.update.later')} onClick={update.dismiss} />
          </div>
        </Notice>
      );
    case 'draining':
      return (
        <Notice
          tone="info"
          title={t(isServing ? 'shell.update.drainingTitle' : 'shell.update.loadingTitle')}
        >
          {isServing ? <p>{t('shell.update.drainingAdvice')}</p> : null}
        </Notice>
      );
    default:
      return step satisfies never;
  }
}

function Button(props: {
  readonly id: string;
  readonly label: string;
  readonly onClick: () => void;
}) {
  return (
    <button
      type="button"
      class="button button-small"
      data-testid={props.id}
      onClick={props.onClick}
    >
      {props.label}
    </button>
  );
}
