/**
 * What the element and its frame say to each other. Neither side trusts the other: the frame checks with
 * a schema, this side by hand. Nothing here starts work, reads a text or changes how the inside looks
 * beyond light and dark.
 */

/** Grows when a message changes its meaning; a side ignores what has another number. */
export const MESSAGE_VERSION = 1;

export const MODES = ['contribute', 'chat', 'both'] as const;
export type Mode = (typeof MODES)[number];
export const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

/** What the page asks for; the frame is free to refuse all of it. */
export interface Wishes {
  readonly mode: Mode;
  readonly theme: Theme;
  /** A language tag. */
  readonly lang: string;
  /** A catalogue id, to begin with. */
  readonly model: string | null;
}

/** From the page into the frame. The first `configure` also tells the frame who embeds it. */
export type ToFrame = { readonly manyhands: typeof MESSAGE_VERSION } & (
  | ({ readonly type: 'configure' } & Wishes)
  /** Stopping is always allowed. */
  | { readonly type: 'stop' }
);

/** What a page may hear. */
export type FromFrame =
  | { readonly type: 'ready' }
  /** The visitor said yes, in the frame. */
  | { readonly type: 'consented' }
  /** Nothing is computed any more. */
  | { readonly type: 'stopped' }
  /** Counts since the start, and no more than counts. */
  | { readonly type: 'served'; readonly tokens: number; readonly texts: number }
  /** The height at which nothing in the frame has to be scrolled. */
  | { readonly type: 'resized'; readonly height: number };

export const HEIGHT_MIN = 180;
export const HEIGHT_MAX = 1_000;

/** A message of the frame, or `undefined` for anything else. */
export function parseFromFrame(data: unknown): FromFrame | undefined {
  if (typeof data !== 'object' || data === null) return undefined;
  const { manyhands, type, ...fields } = data as Record<string, unknown>;
  if (manyhands !== MESSAGE_VERSION) return undefined;
  const names = Object.keys(fields).sort().join();
  switch (type) {
    case 'ready':
    case 'consented':
    case 'stopped':
      return names === '' ? { type } : undefined;
    case 'served': {
      const { tokens, texts } = fields;
      return names === 'texts,tokens' && isCount(tokens) && isCount(texts)
        ? { type, tokens, texts }
        : undefined;
    }
    case 'resized': {
      const { height } = fields;
      return names === 'height' && isCount(height)
        ? { type, height: Math.min(HEIGHT_MAX, Math.max(HEIGHT_MIN, height)) }
        : undefined;
    }
    default:
      return undefined;
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
