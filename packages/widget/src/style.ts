import { HEIGHT_MIN } from './messages.ts';

/**
 * The element's own style, as objects: a page's policy may forbid style text, and what the page says
 * about the element itself wins over `:host`.
 */
export interface Style {
  readonly sheet: CSSStyleSheet;
  setHeight(pixels: number): void;
}

export function createStyle(): Style {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    :host { display: block; inline-size: 100%; block-size: ${HEIGHT_MIN}px }
    :host([hidden]) { display: none }
    iframe { display: block; inline-size: 100%; block-size: 100%; border: 0 }
    .failed { padding: 16px; border: 1px solid; border-radius: 10px; font: 1rem/1.5 system-ui, sans-serif }
    p { margin: 0 0 12px }
    button { padding: 8px 16px; font: inherit }
  `);
  const host = sheet.cssRules[0] as CSSStyleRule;
  return {
    sheet,
    setHeight(pixels) {
      host.style.blockSize = pixels === 0 ? 'auto' : `${pixels}px`;
    },
  };
}
