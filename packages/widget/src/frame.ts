import { LOAD_TIMEOUT_MS, READY_TIMEOUT_MS } from './limits.ts';
import {
  type FromFrame,
  MESSAGE_VERSION,
  parseFromFrame,
  type ToFrame,
  type Wishes,
} from './messages.ts';

/** The frame on the page, from its creation to its removal. */
export interface Frame {
  readonly element: HTMLIFrameElement;
  configure(wishes: Wishes): void;
  stop(): void;
  dispose(): void;
}

export interface FrameHandlers {
  onMessage(message: FromFrame): void;
  onFailed(code: 'unreachable' | 'forbidden-by-page'): void;
}

/** `url` and `origin` of the relay's page; nothing is sent to, or heard from, anything else. */
export function createFrame(
  {
    url,
    origin,
    wishes,
  }: { readonly url: string; readonly origin: string; readonly wishes: Wishes },
  handlers: FrameHandlers,
): Frame {
  const abort = new AbortController();
  const { signal } = abort;
  const element = document.createElement('iframe');
  let current = wishes;
  let isReady = false;
  let timer: ReturnType<typeof setTimeout>;

  const post = (message: ToFrame): void => element.contentWindow?.postMessage(message, origin);
  const configure = (): void => post({ manyhands: MESSAGE_VERSION, type: 'configure', ...current });
  const fail = (code: 'unreachable' | 'forbidden-by-page'): void => {
    if (!signal.aborted) handlers.onFailed(code);
  };
  const failAfter = (ms: number): void => {
    clearTimeout(timer);
    timer = setTimeout(() => fail('unreachable'), ms);
  };

  element.title = 'Manyhands';
  element.src = url;
  element.referrerPolicy = 'no-referrer';
  // To copy an answer; everything else is the frame's own affair.
  element.allow = 'clipboard-write';
  element.addEventListener(
    'load',
    () => {
      // Also after the frame reloaded itself, which begins the conversation anew.
      isReady = false;
      failAfter(READY_TIMEOUT_MS);
      configure();
    },
    { signal },
  );
  window.addEventListener(
    'message',
    ({ origin: from, source, data }) => {
      if (from !== origin || source !== element.contentWindow) return;
      const message = parseFromFrame(data);
      if (message === undefined || (!isReady && message.type !== 'ready')) return;
      isReady = true;
      clearTimeout(timer);
      handlers.onMessage(message);
    },
    { signal },
  );
  document.addEventListener(
    'securitypolicyviolation',
    ({ effectiveDirective, blockedURI }) => {
      const isOurs = blockedURI.startsWith(origin) || blockedURI === 'frame';
      if (isOurs && /^(frame|child|default)-src/.test(effectiveDirective))
        fail('forbidden-by-page');
    },
    { signal },
  );
  failAfter(LOAD_TIMEOUT_MS);

  return {
    element,
    configure(next) {
      current = next;
      if (isReady) configure();
    },
    stop: () => post({ manyhands: MESSAGE_VERSION, type: 'stop' }),
    dispose() {
      abort.abort();
      clearTimeout(timer);
      element.remove();
    },
  };
}
