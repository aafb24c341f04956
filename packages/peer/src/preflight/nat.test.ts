import { describe, expect, it } from 'vitest';
import { serverOf } from './gather.ts';
import { type CandidateLike, chooseNatKind } from './nat.ts';

const SERVERS = ['stun:one.test:3478', 'stun:two.test:3478'];

interface Mapping {
  readonly port: number;
  readonly address?: string;
  readonly base?: readonly [string, number];
  readonly network?: number;
}

const mapping = ({ port, address = '203.0.113.7', base, network }: Mapping): CandidateLike => ({
  candidate: `candidate:1 1 udp 1 ${address} ${port} typ srflx${network ? ` network-id ${network}` : ''}`,
  type: 'srflx',
  protocol: 'udp',
  address,
  port,
  relatedAddress: base?.[0] ?? '0.0.0.0',
  relatedPort: base?.[1] ?? 0,
});

const host = (port: number): CandidateLike => ({
  candidate: `candidate:1 1 udp 1 abc.local ${port} typ host`,
  type: 'host',
  protocol: 'udp',
  address: 'abc.local',
  port,
  relatedAddress: null,
  relatedPort: null,
});

const kindOf = (
  candidates: readonly CandidateLike[],
  more: Partial<Parameters<typeof chooseNatKind>[0]> = {},
) =>
  chooseNatKind({
    candidates,
    serverUrls: SERVERS,
    failedUrls: new Set(),
    isComplete: true,
    ...more,
  });

describe('the kind of NAT', () => {
  it('is symmetric where one local port is seen as two', () => {
    const base = ['192.168.0.5', 5_000] as const;
    expect(kindOf([mapping({ port: 1, base }), mapping({ port: 2, base })])).toBe('symmetric');
    // Browsers hide local addresses, and may say which network it was.
    const [one, two] = [mapping({ port: 1, network: 1 }), mapping({ port: 2, network: 1 })];
    expect(kindOf([host(5_000), host(5_001), one, two])).toBe('symmetric');
    // The other one is of the other family.
    const hidden = [host(5_000), host(5_001), mapping({ port: 1 }), mapping({ port: 2 })];
    expect(kindOf(hidden)).toBe('symmetric');
    // Known before every server has answered.
    expect(kindOf(hidden, { isComplete: false })).toBe('symmetric');
  });

  it('is stable where several servers answered and saw the same', () => {
    expect(kindOf([host(5_000), mapping({ port: 1 })])).toBe('stable');
    const two = [
      mapping({ port: 1, base: ['192.168.0.5', 5_000] }),
      mapping({ port: 2, base: ['10.0.0.5', 5_001] }),
    ];
    expect(kindOf(two)).toBe('stable');
    const families = [mapping({ port: 1 }), mapping({ port: 2, address: '2001:db8::1' })];
    expect(kindOf([host(5_000), ...families])).toBe('stable');
  });

  it.each([
    ['only one server is known', [mapping({ port: 1 })], { serverUrls: SERVERS.slice(0, 1) }],
    ['only one server answered', [mapping({ port: 1 })], { failedUrls: new Set(SERVERS.slice(1)) }],
    ['a server may still answer', [mapping({ port: 1 })], { isComplete: false }],
    ['no server was asked', [], { serverUrls: [] }],
    [
      'an answer would add nothing to an address that is known',
      [{ ...host(5_000), address: '203.0.113.7' }],
      { isComplete: false },
    ],
  ] as const)('is unknown where %s', (_, candidates, more) => {
    expect(kindOf(candidates, more)).toBe('unknown');
  });

  it('is none where servers see what the device sees, and blocked where none answers', () => {
    expect(kindOf([host(5_000)])).toBe('none');
    expect(kindOf([host(5_000)], { failedUrls: new Set(SERVERS) })).toBe('blocked');
    // Chrome goes on asking for half a minute.
    expect(kindOf([host(5_000)], { isComplete: false })).toBe('blocked');
  });
});

describe('the name of a server', () => {
  it.each([
    ['stun:one.test', 'stun:one.test:3478'],
    ['stun:one.test:19302', 'stun:one.test:19302'],
    ['turn:127.0.0.1:3478?transport=udp', 'turn:127.0.0.1:3478'],
    ['turn:one.test?transport=udp', 'turn:one.test:3478'],
    ['stun:[2001:db8::1]', 'stun:[2001:db8::1]:3478'],
    ['stun:[2001:db8::1]:53', 'stun:[2001:db8::1]:53'],
  ])('of %s is %s', (url, name) => {
    expect(serverOf(url)).toBe(name);
  });
});
