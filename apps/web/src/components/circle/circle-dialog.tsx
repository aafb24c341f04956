import { useEffect, useRef } from 'preact/hooks';
import type { CircleDialogView } from '../../state/circle-dialog.ts';
import { t } from '../../strings/language.ts';
import { ErrorNotice } from '../notice.tsx';
import { useSite } from '../site-context.ts';
import { CircleList } from './circle-list.tsx';
import { CloseButton } from './close-button.tsx';
import { CreateCircle } from './create-circle.tsx';
import { InviteCard } from './invite-card.tsx';
import { JoinCircle } from './join-circle.tsx';
import { LeaveCircle } from './leave-circle.tsx';

/** Everything about circles, over whichever page is open. Escape and a click beside it close it. */
export function CircleDialog() {
  const { circleDialog } = useSite();
  const view = circleDialog.view.value;
  const error = circleDialog.error.value;
  const dialog = useRef<HTMLDialogElement>(null);
  const shown = useRef(view);
  useEffect(() => {
    const element = dialog.current;
    if (element === null) return;
    shown.current = view;
    if (view === undefined) {
      if (element.open) element.close();
      return;
    }
    if (!element.open) element.showModal();
    // A screen reader begins with the title, and a small screen shows it.
    (element.querySelector<HTMLElement>('[data-first]') ?? element).focus();
    element.scrollTop = 0;
  }, [view]);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the browser closes a modal dialog on Escape itself.
    <dialog
      ref={dialog}
      class="circle-dialog"
      tabIndex={-1}
      data-testid="circle-dialog"
      data-view={view?.kind}
      aria-labelledby="circle-dialog-title"
      onClose={({ currentTarget }) => {
        // The event comes late: something else may be about to be shown, or is already.
        const isShown = circleDialog.view.value === shown.current;
        if (!currentTarget.open && isShown) circleDialog.close();
      }}
      onClick={(event) => {
        if (event.target === event.currentTarget) circleDialog.close();
      }}
    >
      {view === undefined ? null : (
        <div class="circle-dialog-body">
          <View view={view} />
          {error === undefined ? null : <ErrorNotice error={error} />}
        </div>
      )}
    </dialog>
  );
}

function View({ view }: { readonly view: CircleDialogView }) {
  switch (view.kind) {
    case 'list':
      return <CircleList />;
    case 'create':
      return <CreateCircle replaces={view.replaces} />;
    case 'invite':
      return <InviteCard circle={view.circle} isNew={view.isNew} />;
    case 'leave':
      return <LeaveCircle circle={view.circle} />;
    case 'join':
      return <JoinCircle invite={view.invite} />;
    case 'refused':
      return (
        <>
          <h2 id="circle-dialog-title">{t('circles.refused')}</h2>
          <ErrorNotice error={view.error} />
          <CloseButton label={t('circles.close')} />
        </>
      );
    default:
      return view satisfies never;
  }
}
