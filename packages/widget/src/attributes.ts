import { MODES, THEMES, type Wishes } from './messages.ts';

/** Where the frame comes from, or why there can be none. */
export type Place =
  | { readonly origin: string; readonly url: string }
  | { readonly problem: 'insecure-page' | 'no-relay' | 'bad-relay' | 'insecure-relay' | 'bad-key' };

export interface Attributes {
  readonly relay: string | null;
  readonly key: string | null;
  readonly mode: string | null;
  readonly theme: string | null;
  readonly lang: string | null;
  readonly model: string | null;
}

/** `scriptUrl`: where the element's own code came from, which is the relay unless it is said. */
export function choosePlace(
  { relay, key }: Pick<Attributes, 'relay' | 'key'>,
  { scriptUrl, isSecureContext }: { readonly scriptUrl: string; readonly isSecureContext: boolean },
): Place {
  if (!isSecureContext) return { problem: 'insecure-page' };
  const address = relay?.trim() || scriptUrl;
  if (address === '') return { problem: 'no-relay' };
  if (!/^https?:\/\//.test(address) || !URL.canParse(address)) return { problem: 'bad-relay' };
  const { origin, protocol, hostname } = new URL(address);
  // A browser's own machine counts as secure; elsewhere the frame would have neither GPU nor keys.
  const isLocal = /^(127\.0\.0\.1|\[::1\]|(.+\.)?localhost)$/.test(hostname);
  if (protocol !== 'https:' && !isLocal) return { problem: 'insecure-relay' };
  if (key !== null && !/^[a-z0-9][a-z0-9-]{0,63}$/.test(key)) return { problem: 'bad-key' };
  const query = key === null ? '' : `?embed=${key}`;
  return { origin, url: `${origin}/embed.html${query}` };
}

/** Anything misspelt becomes the default: a page should not break over an attribute. */
export function readWishes({ mode, theme, lang, model }: Attributes): Wishes {
  return {
    mode: MODES.find((one) => one === mode) ?? 'contribute',
    theme: THEMES.find((one) => one === theme) ?? 'auto',
    lang: /^[A-Za-z0-9-]{2,35}$/.test(lang ?? '') ? (lang ?? '') : 'en',
    model: /^[a-z0-9][a-z0-9._-]{0,63}$/.test(model ?? '') ? model : null,
  };
}
