import type { PeerId, PublicIdentity } from '@manyhands/protocol/id';
import { LINKS_MAX } from '@manyhands/protocol/limits';
import type { AcceptPolicy } from './accept-policy.ts';
import { SwarmError } from './error.ts';
import type { Link, Transport } from './link.ts';
import { createLinkPair, createLoopbackLink, type LinkOwner, type Schedule } from './local-link.ts';
import { measureRoundTrips } from './round-trips.ts';

/** A network inside one program, for tests and simulations: who is reachable, and when. */
export interface MemoryHub {
  readonly peers: Map<PeerId, MemoryPeer>;
  readonly schedule: Schedule;
  /** The tab is gone without a word: its links end with `peer-gone` at the others. */
  kill(peerId: PeerId): void;
  /** The tab is frozen, or its network is gone: nothing reaches it or comes from it until it wakes. */
  freeze(peerId: PeerId): void;
  wake(peerId: PeerId): void;
  /** Delivers between these two, in order, when both are awake. */
  deliver(a: PeerId, b: PeerId, delivery: () => void): void;
}

interface MemoryPeer extends LinkOwner {
  /** Whether a link that this peer dials is taken. */
  accepts(from: PublicIdentity): boolean;
  add(link: Link): void;
  kill(): void;
}

/** `schedule` runs deliveries; by default each in a microtask, in order. */
export function createMemoryHub(schedule: Schedule = queueMicrotask): MemoryHub {
  const peers = new Map<PeerId, MemoryPeer>();
  const kill = (peerId: PeerId) => {
    const peer = peers.get(peerId);
    peers.delete(peerId);
    peer?.kill();
  };
  const frozen = new Set<PeerId>();
  let held: { readonly ends: readonly PeerId[]; readonly delivery: () => void }[] = [];
  const isHeld = (ends: readonly PeerId[]) => ends.some((end) => frozen.has(end));
  return {
    peers,
    schedule,
    kill,
    freeze: (peerId) => frozen.add(peerId),
    wake(peerId) {
      frozen.delete(peerId);
      const waiting = held;
      held = [];
      for (const { ends, delivery } of waiting) {
        if (isHeld(ends)) held.push({ ends, delivery });
        else schedule(delivery);
      }
    },
    deliver(a, b, delivery) {
      if (isHeld([a, b])) held.push({ ends: [a, b], delivery });
      else schedule(delivery);
    },
  };
}

/** The transport of one peer of a hub. Same behaviour as WebRTC, without a network. */
export function createMemoryTransport(
  hub: MemoryHub,
  options: { readonly identity: PublicIdentity; readonly accept?: AcceptPolicy },
): Transport {
  const { identity, accept = () => 'accept' } = options;
  const { peerId } = identity;
  const links = new Map<PeerId, Link>();
  const handlers = new Set<(link: Link) => void>();
  let isDisposed = false;

  const add = (link: Link): Link => {
    links.set(link.peerId, link);
    for (const handler of [...handlers]) handler(link);
    return link;
  };

  const dial = (to: PeerId): Link => {
    const known = links.get(to);
    if (known !== undefined) return known;
    if (isDisposed) throw new SwarmError('aborted', 'The transport was closed.');
    if (to === peerId) return add(createLoopbackLink(self, hub.schedule));
    const other = hub.peers.get(to);
    if (other === undefined) {
      throw new SwarmError('peer-unreachable', 'The peer cannot be reached; choose another.');
    }
    if (links.size >= LINKS_MAX) {
      throw new SwarmError('over-limit', `A tab keeps at most ${LINKS_MAX} links.`);
    }
    if (!other.accepts(identity)) {
      throw new SwarmError('peer-declined', 'The peer takes no more links; choose another.');
    }
    const [ours, theirs] = createLinkPair(self, other, (delivery) =>
      hub.deliver(peerId, to, delivery),
    );
    other.add(theirs);
    return add(ours);
  };

  const end = (reason: 'closed-locally' | 'peer-gone') => {
    isDisposed = true;
    for (const link of [...links.values()]) link.close(reason);
  };
  const self: MemoryPeer = {
    identity,
    onClosed(link) {
      if (links.get(link.peerId) === link) links.delete(link.peerId);
    },
    accepts: (from) => links.size < LINKS_MAX && accept(from) === 'accept',
    add,
    kill: () => end('peer-gone'),
  };
  hub.peers.set(peerId, self);

  return {
    peerId,
    links,
    async connect(to, signal) {
      if (signal?.aborted) throw new SwarmError('aborted', 'Dialling was stopped.');
      return dial(to);
    },
    onLink(handler) {
      handlers.add(handler);
      return () => handlers.delete(handler);
    },
    roundTrips: () => measureRoundTrips(links),
    dispose() {
      if (hub.peers.get(peerId) === self) hub.peers.delete(peerId);
      end('closed-locally');
    },
  };
}
