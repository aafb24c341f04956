/**
 * Whether a page may offer compute through this relay. Without a list, only pages that this very
 * host served: `Host` is what the browser connected to, `Origin` what it says the page is.
 */
export function isOwnOrigin(
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
