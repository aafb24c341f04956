import type { Pulse } from '../state/stage-flow.ts';

/** What of the picture moves. */
export interface PictureParts {
  readonly model: HTMLElement;
  readonly beam: HTMLElement;
  readonly from: HTMLElement;
  readonly to: HTMLElement;
}

const PASS_MS = 700;
const END_MS = 500;

/**
 * One light from the end where it came from, over the blocks that computed, to the end where it goes.
 * Only opacity and transform move, which browsers do without drawing the page again.
 */
export function lightUp(parts: PictureParts, pulse: Pulse, blockCount: number): void {
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) return;
  const { model, beam, from, to } = parts;
  const window = beam.parentElement;
  if (window === null) return;
  placeWindow(window, pulse, blockCount);
  const isRightToLeft = getComputedStyle(model).direction === 'rtl';
  const far = isRightToLeft ? '-100%' : '100%';
  const near = isRightToLeft ? '100%' : '-100%';
  beam.dataset.kind = pulse.kind;
  beam.animate(
    [
      { transform: `translateX(${near})`, opacity: 0.4 },
      { transform: 'translateX(0)', opacity: 1 },
      { transform: `translateX(${far})`, opacity: 0.4 },
    ],
    { duration: PASS_MS, easing: 'ease-in-out' },
  );
  flash(from, 0);
  flash(to, PASS_MS / 2);
  const [embedding, head] = model.querySelectorAll<HTMLElement>('.picture-cap');
  if (pulse.embeds && embedding !== undefined) flash(embedding, 0);
  if (pulse.heads && head !== undefined) flash(head, PASS_MS / 2);
}

/** Sessions may use a part of what is held. Styles change only where another part is used. */
function placeWindow(window: HTMLElement, pulse: Pulse, blockCount: number): void {
  const start = `${(pulse.firstBlock / blockCount) * 100}%`;
  const size = `${((pulse.endBlock - pulse.firstBlock) / blockCount) * 100}%`;
  if (window.style.insetInlineStart !== start) window.style.insetInlineStart = start;
  if (window.style.inlineSize !== size) window.style.inlineSize = size;
}

function flash(element: HTMLElement, delay: number): void {
  element.animate([{ opacity: 0.45 }, { opacity: 1, offset: 0.4 }, { opacity: 1 }], {
    duration: END_MS,
    delay,
    easing: 'ease-out',
  });
}
