import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { formatCount } from '../../state/format.ts';
import { REPORT_NOTE_CHARS_MAX } from '../../state/limits.ts';
import { REPORT_REASONS, type ReportReason, type ReportState } from '../../state/report.ts';
import { t } from '../../strings/language.ts';
import { useSite } from '../site-context.ts';

/** Tells the operator about an answer. Escape closes it, and gives the focus back. */
export function ReportDialog() {
  const { reportDesk } = useSite();
  const state = reportDesk.state.value;
  const dialog = useRef<HTMLDialogElement>(null);
  const isOpen = state.kind !== 'closed';
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isOpen]);
  return (
    <dialog
      ref={dialog}
      class="circle-dialog report-dialog"
      data-testid="report-dialog"
      data-state={state.kind}
      aria-labelledby="report-title"
      onClose={reportDesk.close}
    >
      {state.kind === 'closed' ? null : <ReportBody state={state} />}
    </dialog>
  );
}

function ReportBody({ state }: { readonly state: Exclude<ReportState, { kind: 'closed' }> }) {
  const isOver = state.kind === 'sent' || state.kind === 'refused' || state.kind === 'unsupported';
  return (
    <div class="circle-dialog-body">
      <h2 id="report-title">{t('answers.report.title')}</h2>
      {isOver ? <Outcome state={state} /> : <ReportForm state={state} />}
    </div>
  );
}

function Outcome({ state }: { readonly state: Exclude<ReportState, { kind: 'closed' }> }) {
  const { reportDesk } = useSite();
  const kind = state.kind === 'sent' || state.kind === 'refused' ? state.kind : 'unsupported';
  return (
    <>
      <p role="status">{t(`answers.report.${kind}`)}</p>
      <BlockAll state={state} />
      <div class="dialog-actions">
        <button type="button" class="button" onClick={reportDesk.close}>
          {t('answers.report.close')}
        </button>
      </div>
    </>
  );
}

/** Whoever reports an answer may not want another one by the same volunteers. */
function BlockAll({ state }: { readonly state: Exclude<ReportState, { kind: 'closed' }> }) {
  const { blocked } = useSite();
  const peerIds = state.reported.answer.chain.map(({ peerId }) => peerId);
  const others = [...new Set(peerIds)].filter((peerId) => !blocked.has(peerId));
  if (others.length === 0) return <p class="hint">{t('answers.block.hint')}</p>;
  return (
    <button type="button" class="button-quiet" onClick={() => blocked.block(others)}>
      {t('answers.block.all', { count: others.length, total: formatCount(others.length) })}
    </button>
  );
}

function ReportForm({ state }: { readonly state: Exclude<ReportState, { kind: 'closed' }> }) {
  const { reportDesk } = useSite();
  const reason = useSignal<ReportReason>('wrong');
  const note = useSignal('');
  const includesText = useSignal(false);
  const isSending = state.kind === 'sending';
  return (
    <form
      method="dialog"
      class="report-form"
      onSubmit={(event) => {
        event.preventDefault();
        const draft = { reason: reason.value, note: note.value, includesText: includesText.value };
        void reportDesk.send(draft);
      }}
    >
      <p>{t('answers.report.intro')}</p>
      <fieldset>
        <legend>{t('answers.report.reason')}</legend>
        {REPORT_REASONS.map((each) => (
          <label key={each} class="report-choice">
            <input
              type="radio"
              name="report-reason"
              value={each}
              checked={reason.value === each}
              onChange={() => {
                reason.value = each;
              }}
            />
            <span>{t(`answers.report.reasons.${each}`)}</span>
          </label>
        ))}
      </fieldset>
      <label class="report-note">
        <span>{t('answers.report.note')}</span>
        <textarea
          rows={2}
          maxLength={REPORT_NOTE_CHARS_MAX}
          value={note.value}
          aria-describedby="report-note-hint"
          onInput={({ currentTarget }) => {
            note.value = currentTarget.value;
          }}
        />
      </label>
      <p id="report-note-hint" class="hint">
        {t('answers.report.noteHint', { count: REPORT_NOTE_CHARS_MAX - note.value.length })}
      </p>
      <label class="report-choice">
        <input
          type="checkbox"
          checked={includesText.value}
          aria-describedby="report-text-hint"
          data-testid="report-text"
          onChange={({ currentTarget }) => {
            includesText.value = currentTarget.checked;
          }}
        />
        <span>{t('answers.report.include')}</span>
      </label>
      <p id="report-text-hint" class="hint">
        {t('answers.report.includeHint')}
      </p>
      {state.kind === 'failed' ? (
        <p role="alert" class="field-error">
          {t('answers.report.failed')}
        </p>
      ) : null}
      <div class="dialog-actions">
        <button type="button" class="button-quiet" onClick={reportDesk.close}>
          {t('answers.report.cancel')}
        </button>
        <button
          type="submit"
          class="button button-primary"
          disabled={isSending}
          data-testid="report-send"
        >
          {isSending ? t('answers.report.sending') : t('answers.report.send')}
        </button>
      </div>
    </form>
  );
}
