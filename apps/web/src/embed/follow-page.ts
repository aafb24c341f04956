import { effect } from '@preact/signals';
import type { Embed } from './embed.ts';

/** Light or dark as the page wishes; a model to begin with. The words are those of the browser. */
export function followWishes({ host, site }: Embed, root: HTMLElement): void {
  effect(() => {
    const { theme } = host.wishes.value;
    if (theme === 'auto') root.removeAttribute('data-theme');
    else root.setAttribute('data-theme', theme);
  });
  effect(() => {
    const { model } = host.wishes.value;
    const isThere = site.catalog.entries.value.some(({ id }) => id === model);
    if (model !== null && isThere && site.chat.turns.peek().length === 0) {
      site.chat.chooseModel(model);
    }
  });
}

/** What the gate has to know of pointers and focus. */
export function followInput({ gate, show, tabs }: Embed, frame: Window): void {
  const point = (event: PointerEvent): void => {
    if (event.isTrusted) gate.point(event);
  };
  const { document } = frame;
  for (const name of ['pointerover', 'pointermove', 'pointerdown'] as const) {
    document.addEventListener(name, point, { capture: true, passive: true });
  }
  document.documentElement.addEventListener('pointerleave', ({ pointerType }) => {
    // A finger leaves with each tap; the next tap is compared with it.
    if (pointerType === 'mouse') gate.leave();
  });
  frame.addEventListener('focus', () => gate.setFocused(true));
  frame.addEventListener('blur', () => gate.setFocused(false));
  gate.setFocused(document.hasFocus());
  // Links of the site's pages lead nowhere in here.
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a[href^="#/"]') : null;
    if (link === null) return;
    event.preventDefault();
    if (tabs.value.includes('contribute')) show('contribute');
    else frame.open(`./${link.getAttribute('href') ?? ''}`, '_blank', 'noopener');
  });
}

/** The element around the frame grows and shrinks with what is in it. */
export function reportHeight({ host, tab }: Embed, content: HTMLElement): void {
  let told = 0;
  const tell = (): void => {
    // A conversation fills what it is given and would otherwise push itself.
    const wanted = tab.peek() === 'chat' ? CHAT_HEIGHT : Math.ceil(content.scrollHeight);
    if (wanted === told || host.origin.peek() === undefined) return;
    told = wanted;
    host.tell({ type: 'resized', height: wanted });
  };
  new ResizeObserver(tell).observe(content);
  effect(() => {
    if (host.origin.value !== undefined && tab.value) tell();
  });
}

const CHAT_HEIGHT = 520;
