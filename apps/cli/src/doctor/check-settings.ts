import type { RelaySettings } from '@manyhands/relay/settings';
import { type Finding, note, ok, problem } from './finding.ts';

/** Settings that are right each and wrong together. */
export function checkSettings(settings: RelaySettings): Finding[] {
  return [
    checkPublicOrigin(settings),
    checkProxy(settings),
    checkOrigins(settings),
    checkTurn(settings),
  ].flat();
}

function checkPublicOrigin({ publicOrigin }: RelaySettings): Finding {
  if (publicOrigin === undefined) {
    const remedy = 'Set PUBLIC_ORIGIN, e.g. https://example.org, to have that looked at.';
    return note('public-origin', 'where people open the site is not set', remedy);
  }
  if (isSecure(publicOrigin)) return ok('public-origin', `people open ${publicOrigin}`);
  const remedy = 'Put a proxy with a certificate in front (docs/self-hosting.md), or use --lan.';
  const text = `${publicOrigin} is no https: browsers give such pages neither WebGPU nor keys`;
  return problem('public-origin', text, remedy);
}

function checkProxy({ publicOrigin, trustedProxyHops: hops, host }: RelaySettings): Finding[] {
  const isProxied = publicOrigin?.startsWith('https:') === true;
  if (isProxied && hops === 0) {
    const remedy = 'Set TRUST_PROXY to the number of proxies, usually 1. With --lan there is none.';
    const text = 'TRUST_PROXY is 0: behind a proxy, everybody counts as one address';
    return [isLoopback(host) ? problem('proxy', text, remedy) : note('proxy', text, remedy)];
  }
  if (hops > 0 && !isLoopback(host)) {
    const remedy = 'Let only the proxy reach the port: a firewall, or a network of containers.';
    const text = `whoever reaches ${host} directly can claim any address (TRUST_PROXY is ${hops})`;
    return [note('proxy', text, remedy)];
  }
  return hops > 0 ? [ok('proxy', `TRUST_PROXY is ${hops}`)] : [];
}

function checkOrigins({ publicOrigin, origins, relays }: RelaySettings): Finding[] {
  if (origins.length === 0 || publicOrigin === undefined) return [];
  if ([...origins, ...relays].includes(publicOrigin)) return [];
  const text = `ORIGINS does not name ${publicOrigin}: its pages cannot contribute`;
  return [problem('origins', text, 'Add it to ORIGINS, or leave ORIGINS empty.')];
}

function checkTurn({ turn, iceServers, rations }: RelaySettings): Finding[] {
  const hasTurn = turn !== undefined || iceServers.some(({ urls }) => /^turns?:/.test(urls));
  if (hasTurn) return [];
  const without = 'no TURN server: some networks allow no direct connection between tabs';
  if (rations !== null) {
    const text = `${without}; this relay carries theirs, within its rations`;
    return [note('turn', text, 'Set TURN_URLS and TURN_SECRET (docs/self-hosting.md).')];
  }
  const remedy = 'Set TURN_URLS and TURN_SECRET, or let the relay carry (TUNNEL_RELAY).';
  return [problem('turn', `${without}, and this relay carries nothing`, remedy)];
}

/** What a browser calls a secure context without a look at the certificate. */
function isSecure(origin: string): boolean {
  const { protocol, hostname } = new URL(origin);
  return protocol === 'https:' || hostname === 'localhost' || hostname === '127.0.0.1';
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
