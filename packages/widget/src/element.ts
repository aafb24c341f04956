import { choosePlace, readWishes } from './attributes.ts';
import { createFrame, type Frame } from './frame.ts';
import { type FromFrame, HEIGHT_MIN } from './messages.ts';
import { type FailureCode, sentenceOf } from './sentences.ts';
import { createStyle } from './style.ts';

export type WidgetState = 'off' | 'loading' | 'ready' | 'consented' | 'failed';

/** Events of the element; none of them bubbles. */
export interface WidgetEventMap {
  ready: CustomEvent<null>;
  consented: CustomEvent<null>;
  stopped: CustomEvent<null>;
  served: CustomEvent<{ readonly tokens: number; readonly texts: number }>;
  failed: CustomEvent<{ readonly code: FailureCode; readonly message: string }>;
}

/** `<manyhands-widget>` as a page sees it. */
export interface ManyhandsWidget extends HTMLElement {
  readonly state: WidgetState;
  /** Ends whatever computes. There is no counterpart: only the visitor starts. */
  stop(): void;
  addEventListener<Name extends keyof WidgetEventMap>(
    type: Name,
    listener: (event: WidgetEventMap[Name]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void;
}

declare global {
  interface HTMLElementTagNameMap {
    'manyhands-widget': ManyhandsWidget;
  }
}

/** Defines the element once, however often its script is on the page. */
export function defineWidget(scriptUrl: string): void {
  if (customElements.get(TAG) === undefined) customElements.define(TAG, elementClass(scriptUrl));
}

const TAG = 'manyhands-widget';
/** These lead to another page in the frame; the others are told to the one that is there. */
const PLACE_ATTRIBUTES = ['relay', 'key'];
const WISH_ATTRIBUTES = ['mode', 'theme', 'lang', 'model'];

function elementClass(scriptUrl: string): CustomElementConstructor {
  return class extends HTMLElement {
    static observedAttributes = [...PLACE_ATTRIBUTES, ...WISH_ATTRIBUTES];
    readonly #root = this.attachShadow({ mode: 'closed', delegatesFocus: true });
    readonly #style = createStyle();
    #frame: Frame | undefined;
    #state: WidgetState = 'off';
    #isWaiting = false;

    constructor() {
      super();
      this.#root.adoptedStyleSheets = [this.#style.sheet];
    }

    get state(): WidgetState {
      return this.#state;
    }

    stop(): void {
      this.#frame?.stop();
    }

    connectedCallback(): void {
      this.#mountSoon();
    }

    disconnectedCallback(): void {
      this.#unmount();
      this.#state = 'off';
    }

    attributeChangedCallback(name: string, before: string | null, after: string | null): void {
      if (before === after) return;
      if (PLACE_ATTRIBUTES.includes(name)) this.#mountSoon();
      else this.#frame?.configure(this.#wishes());
    }

    /** Once for a burst of changes: each one would load a page. */
    #mountSoon(): void {
      if (this.#isWaiting) return;
      this.#isWaiting = true;
      queueMicrotask(() => {
        this.#isWaiting = false;
        if (this.isConnected) this.#mount();
      });
    }

    #mount(): void {
      this.#unmount();
      const attributes = { relay: this.getAttribute('relay'), key: this.getAttribute('key') };
      const place = choosePlace(attributes, { scriptUrl, isSecureContext });
      if ('problem' in place) {
        this.#fail(place.problem, '');
        return;
      }
      const { origin } = place;
      this.#state = 'loading';
      this.#style.setHeight(HEIGHT_MIN);
      this.#frame = createFrame(
        { ...place, wishes: this.#wishes() },
        {
          onMessage: (message) => this.#take(message),
          onFailed: (code) => this.#fail(code, origin),
        },
      );
      this.#root.append(this.#frame.element);
    }

    #unmount(): void {
      this.#frame?.dispose();
      this.#frame = undefined;
      this.#root.replaceChildren();
    }

    #wishes() {
      const [mode, theme, lang, model] = WISH_ATTRIBUTES.map((name) => this.getAttribute(name));
      const none = { relay: null, key: null };
      return readWishes({
        ...none,
        mode: mode ?? null,
        theme: theme ?? null,
        lang: lang ?? null,
        model: model ?? null,
      });
    }

    #take(message: FromFrame): void {
      switch (message.type) {
        case 'ready':
        case 'stopped':
          this.#state = 'ready';
          this.#tell(message.type, null);
          return;
        case 'consented':
          this.#state = 'consented';
          this.#tell(message.type, null);
          return;
        case 'served':
          this.#tell(message.type, { tokens: message.tokens, texts: message.texts });
          return;
        case 'resized':
          this.#style.setHeight(message.height);
          return;
        default:
          message satisfies never;
      }
    }

    #fail(code: FailureCode, origin: string): void {
      this.#unmount();
      this.#state = 'failed';
      this.#style.setHeight(0);
      const message = sentenceOf(code, origin);
      const box = document.createElement('div');
      box.className = 'failed';
      box.setAttribute('role', 'alert');
      const sentence = document.createElement('p');
      sentence.textContent = message;
      const retry = document.createElement('button');
      retry.type = 'button';
      retry.textContent = 'Try again';
      retry.addEventListener('click', () => this.#mountSoon());
      box.append(sentence, retry);
      this.#root.append(box);
      this.#tell('failed', { code, message });
    }

    #tell<Name extends keyof WidgetEventMap>(
      name: Name,
      detail: WidgetEventMap[Name]['detail'],
    ): void {
      this.dispatchEvent(new CustomEvent(name, { detail }));
    }
  };
}
