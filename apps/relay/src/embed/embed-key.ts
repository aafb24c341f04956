import { OPEN_KEY } from './embed-sites.ts';

export const EMBED_FULL =
  'As many people contribute from this site as its operator allows: come back later.';

/** The key in the address of a frame or of its socket; `undefined` for any other. */
export function embedKeyOf(url = ''): string | undefined {
  if (!URL.canParse(url, 'http://relay.invalid')) return undefined;
  const { pathname, searchParams } = new URL(url, 'http://relay.invalid');
  const key = searchParams.get('embed');
  // A page of a relay that is open to all names no key.
  if (key === null) return pathname === EMBED_PAGE ? OPEN_KEY : undefined;
  return key.slice(0, KEY_LENGTH_MAX);
}

/** The one page that others may show. */
export const EMBED_PAGE = '/embed.html';
const KEY_LENGTH_MAX = 64;
