import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { useSite } from '../site-context.ts';
import { HistoryPanel } from './history-panel.tsx';

/** The list over the chat, where there is no room beside it. Escape and a click beside it close it. */
export function HistoryDrawer() {
  const { history } = useSite();
  const isOpen = history.isDrawerOpen.value;
  const dialog = useRef<HTMLDialogElement>(null);
  const close = (): void => {
    history.isDrawerOpen.value = false;
    history.isConfirming.value = false;
  };
  // Before it is painted: a key that comes next is meant for it.
  useLayoutEffect(() => {
    const element = dialog.current;
    if (element === null || element.open === isOpen) return;
    if (isOpen) element.showModal();
    else element.close();
  }, [isOpen]);
  useEffect(() => close, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the browser closes a modal dialog on Escape itself.
    <dialog
      ref={dialog}
      class="history-drawer"
      data-testid="history-drawer"
      aria-labelledby="history-drawer-title"
      onClose={close}
      onClick={(event) => {
        if (event.target === event.currentTarget) close();
      }}
    >
      {isOpen ? (
        <HistoryPanel titleId="history-drawer-title" onOpen={close} onClose={close} />
      ) : null}
    </dialog>
  );
}
