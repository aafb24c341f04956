import { type FromFrame, MESSAGE_VERSION, type Wishes } from '@manyhands/widget/messages';
import { batch, type ReadonlySignal, signal } from '@preact/signals';
import { parseHostMessage } from './host-messages.ts';

/** The page around the frame: who it is, what it wishes, and what it is told. */
export interface HostLink {
  /** As the browser names it, never as the page does; undefined until it spoke. */
  readonly origin: ReadonlySignal<string | undefined>;
  readonly wishes: ReadonlySignal<Wishes>;
  tell(message: FromFrame): void;
}

/** The window of the frame, as far as it talks with the page. */
export type FrameWindow = Pick<Window, 'parent' | 'addEventListener'>;

const NO_WISHES: Wishes = { mode: 'contribute', theme: 'auto', lang: 'en', model: null };

export function createHostLink(
  frame: FrameWindow,
  { onStop }: { readonly onStop: () => void },
): HostLink {
  const origin = signal<string | undefined>(undefined);
  const wishes = signal<Wishes>(NO_WISHES);

  const tell = (message: FromFrame): void => {
    if (origin.value === undefined) return;
    frame.parent.postMessage({ manyhands: MESSAGE_VERSION, ...message }, origin.value);
  };
  frame.addEventListener('message', ({ source, origin: from, data }: MessageEvent) => {
    // An opaque origin is nobody whom a visitor could be told of.
    if (source !== frame.parent || frame.parent === (frame as unknown) || from === 'null') return;
    // A page that navigates takes its frames with it: another origin in its place is none of ours.
    if (origin.value !== undefined && origin.value !== from) return;
    const message = parseHostMessage(data);
    if (message === undefined) return;
    const isFirst = origin.value === undefined;
    if (message.type === 'stop') {
      if (!isFirst) onStop();
      return;
    }
    const { mode, theme, lang, model } = message;
    // Before anything that follows from knowing who it is, which the element would not hear yet.
    if (isFirst) frame.parent.postMessage({ manyhands: MESSAGE_VERSION, type: 'ready' }, from);
    batch(() => {
      origin.value = from;
      wishes.value = { mode, theme, lang, model };
    });
  });
  return { origin, wishes, tell };
}
