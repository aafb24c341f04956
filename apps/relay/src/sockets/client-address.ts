import { isIP } from 'node:net';

/**
 * Whom to count a socket against. Behind `hops` trusted proxies it is the address the outermost of
 * them saw: the entry of `X-Forwarded-For` that many places from its end. What stands before it was
 * written by the sender and proves nothing.
 */
export function clientAddress(
  remoteAddress: string | undefined,
  forwardedFor: string | undefined,
  hops: number,
): string {
  const direct = remoteAddress ?? '';
  if (hops === 0) return networkOf(direct);
  const chain = (forwardedFor ?? '').split(',').map((part) => part.trim());
  const claimed = chain.at(-hops) ?? '';
  return networkOf(isIP(claimed) === 0 ? direct : claimed);
}

/** An IPv4 address, or the /64 of an IPv6 address: a household has a whole one to itself. */
function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (isIP(address) !== 6) return address;
  const [head = '', tail] = address.split('%')[0]?.toLowerCase().split('::') ?? [];
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const after = tail === '' ? [] : tail.split(':');
    while (groups.length + after.length < 8) groups.push('0');
    groups.push(...after);
  }
  return groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}
