/** What is read of an `RTCIceCandidate`. */
export type CandidateLike = Pick<
  RTCIceCandidate,
  'candidate' | 'type' | 'protocol' | 'address' | 'port' | 'relatedAddress' | 'relatedPort'
>;

/**
 * How the router between this device and the internet maps ports. `blocked`: no server answered.
 * `unknown`: not enough servers to tell.
 */
export type NatKind = 'none' | 'stable' | 'symmetric' | 'blocked' | 'unknown';

/**
 * One local port that two servers see as different ones is a symmetric NAT: what a server saw tells
 * nobody else where to send. Browsers drop a mapping that equals one they know, so that a single one is
 * a stable NAT only if several servers were asked and answered.
 */
export function chooseNatKind(options: {
  readonly candidates: readonly CandidateLike[];
  /** Servers that were asked for this device's address. */
  readonly serverUrls: readonly string[];
  readonly failedUrls: ReadonlySet<string>;
  readonly isComplete: boolean;
}): NatKind {
  const { candidates, serverUrls, failedUrls, isComplete } = options;
  if (serverUrls.length === 0) return 'unknown';
  const udp = candidates.filter(({ protocol }) => protocol === 'udp');
  const hosts = udp.filter(({ type }) => type === 'host');
  const mapped = udp.filter(({ type }) => type === 'srflx');
  const answered = serverUrls.filter((url) => !failedUrls.has(url)).length;
  if (mapped.length === 0) {
    // Where the browser hides the device's own addresses, every answer is a candidate.
    const wouldShow = hosts.length > 0 && hosts.every(isHidden);
    if (answered === 0 || (!isComplete && wouldShow)) return 'blocked';
    // A server that sees what the device sees itself adds nothing.
    return isComplete ? 'none' : 'unknown';
  }
  const portsOf = new Map<string, Set<string>>();
  for (const candidate of mapped) {
    const base = baseOf(candidate);
    const seenAs = `${candidate.address} ${candidate.port}`;
    portsOf.set(base, (portsOf.get(base) ?? new Set()).add(seenAs));
  }
  if ([...portsOf.values()].some((ports) => ports.size > 1)) return 'symmetric';
  return isComplete && answered > 1 ? 'stable' : 'unknown';
}

function isHidden({ address }: CandidateLike): boolean {
  return !address || address.endsWith('.local');
}

/** The local port behind a mapping, as far as the browser gives it away. */
function baseOf({ relatedAddress, relatedPort, address, candidate }: CandidateLike): string {
  // Hidden as 0.0.0.0:0 (or port 9) where local addresses are.
  if (relatedPort && relatedPort !== 9 && relatedAddress) return `${relatedAddress} ${relatedPort}`;
  const family = address?.includes(':') ? 'v6' : 'v4';
  const network = / network-id (\d+)/.exec(candidate)?.[1];
  // Browsers that hide addresses use the default route alone: one port of each family.
  return network === undefined ? family : `network ${network} ${family}`;
}
