import type { NetworkInterfaceInfo } from 'node:os';
import { LAN_ADDRESSES_MAX } from '../limits.ts';

type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

/** Bridges of containers and virtual machines: nobody's phone is there. */
const VIRTUAL = /^(docker|br-|veth|virbr|vboxnet|vmnet|podman|cni|lxc)/;

/** The names under which other devices find this machine. */
export interface LanNames {
  /** IPv4, the likeliest first; none where the machine is on no network. */
  readonly addresses: readonly string[];
  /** `NAME.local`, which mDNS resolves where something on the machine answers it. */
  readonly hostname: string;
}

export function readLanNames(interfaces: Interfaces, hostname: string): LanNames {
  const label = hostname.split('.', 1)[0]?.replace(/[^A-Za-z0-9-]/g, '') || 'manyhands';
  return { addresses: chooseLanAddresses(interfaces), hostname: `${label.toLowerCase()}.local` };
}

/**
 * IPv4 alone: every home router gives it, an address is short enough to type, and those of IPv6 change
 * daily for privacy, which would mean a new certificate each day.
 */
function chooseLanAddresses(interfaces: Interfaces): string[] {
  const found = Object.entries(interfaces).flatMap(([name, addresses = []]) =>
    addresses
      .filter(({ family, internal }) => family === 'IPv4' && !internal)
      .map(({ address }) => ({ address, rank: rankOf(name, address) })),
  );
  const sorted = found.sort((a, b) => a.rank - b.rank || (a.address < b.address ? -1 : 1));
  return [...new Set(sorted.map(({ address }) => address))].slice(0, LAN_ADDRESSES_MAX);
}

function rankOf(name: string, address: string): number {
  if (VIRTUAL.test(name)) return 4;
  // Nobody gave the machine an address, so it made one up: it reaches only others like it.
  if (address.startsWith('169.254.')) return 3;
  if (address.startsWith('192.168.')) return 0;
  return /^(10\.|172\.(1[6-9]|2\d|3[01])\.)/.test(address) ? 1 : 2;
}
