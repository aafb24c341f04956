/** Which pages may do what. */
export interface OriginPolicy {
  /** The operator's own; without any, pages that this very host served. */
  readonly origins: readonly string[];
  /** Pages that the network's other relays served count as own. */
  readonly relays: readonly string[];
  /** Of other pages, those that may ask, and read what asking takes. `*`: any. */
  readonly askers: '*' | readonly string[];
}

/** Why a page of others offers no compute, and is proposed none. */
export const ONLY_OWN_PAGES = 'Only pages of this relay may offer compute: open them there.';

/**
 * Whether a page may offer compute through this relay. Consent is given on the operator's pages only, so
 * no other page can have it.
 */
export function mayServe(
  origin: string,
  host: string | undefined,
  { origins, relays }: Pick<OriginPolicy, 'origins' | 'relays'>,
): boolean {
  return isOwnOrigin(origin, host, origins) || relays.includes(origin);
}

/** Whether a page, or a program without an origin, may ask others through this relay. */
export function mayAsk(origin: string, host: string | undefined, policy: OriginPolicy): boolean {
  const { askers } = policy;
  return askers === '*' || askers.includes(origin) || mayServe(origin, host, policy);
}

/** `Host` is what the browser connected to, `Origin` what it says the page is. */
function isOwnOrigin(
  origin: string,
  host: string | undefined,
  origins: readonly string[],
): boolean {
  if (!URL.canParse(origin)) return false;
  if (origins.length > 0) return origins.includes(origin);
  const { protocol, host: originHost } = new URL(origin);
  if (protocol !== 'http:' && protocol !== 'https:') return false;
  return host !== undefined && originHost === new URL(`${protocol}//${safeHost(host)}`).host;
}

/** `Host` without anything that a URL would read as more than a host. */
function safeHost(host: string): string {
  return /^[A-Za-z0-9.:[\]-]{1,255}$/.test(host) && URL.canParse(`http://${host}`)
    ? host
    : 'invalid.invalid';
}
