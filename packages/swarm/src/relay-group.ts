import type { PeerId } from '@manyhands/protocol/id';
import { RELAYS_MAX } from '@manyhands/protocol/limits';
import { SwarmError } from './error.ts';
import type { Identity } from './identity.ts';
import { IDENTITIES_MAX } from './limits.ts';
import { createMergedNetwork } from './merged-network.ts';
import { createMergedRoster, type MergedRoster } from './merged-roster.ts';
import type { PlacementProposal } from './placements.ts';
import { createRelayLink, createSequence, type RelayLink, subscribeTo } from './relay-link.ts';
import type { SocketHost } from './socket.ts';

type LinkOptions = Parameters<typeof createRelayLink>[0];

export interface RelayGroup extends RelayLink {
  /** Of all relays, those first that can be reached. */
  readonly origins: readonly string[];
}

/**
 * Every relay of a network at once, as if it were one. Relays share no directory: a tab announces and
 * watches at each, so whichever is down, those that are up know of everybody.
 */
export function createRelayGroup(options: {
  /** Origins of relays, e.g. `https://example.org`. */
  readonly relays: readonly string[];
  /** Also keep to those that these relays name. */
  readonly isOpenEnded: boolean;
  /** The site whose page shows the frame this tab is; relays hold it to that site's caps. */
  readonly embedKey?: string | undefined;
  readonly identity: Identity;
  readonly origin?: string;
  readonly host: SocketHost;
  readonly random?: () => number;
  readonly clock?: () => number;
}): RelayGroup {
  const { relays, isOpenEnded, embedKey, host, ...shared } = options;
  const { clock = Date.now } = options;
  const nextSequence = createSequence();
  const members = new Map<string, RelayLink>();
  const rosters = new Map<MergedRoster, { readonly isBlinded: boolean }>();
  const listeners = new Set<() => void>();
  const signalHandlers = new Set<Parameters<RelayLink['onSignal']>[0]>();
  const unreachableHandlers = new Set<(peerId: PeerId) => void>();
  const refusedHandlers = new Set<Parameters<RelayLink['onRefused']>[0]>();
  /** Where peers signalled from, the last ones last: those that do not serve are in no roster. */
  const heardAt = new Map<PeerId, Set<RelayLink>>();
  const network = createMergedNetwork();
  let announced: Parameters<RelayLink['announce']> | undefined;
  let isClosed = false;

  const all = () => [...members.values()];
  const open = () => all().filter(({ state }) => state === 'open');
  const knows = (relay: RelayLink, peerId: PeerId) =>
    relay.identityOf(peerId) !== undefined || heardAt.get(peerId)?.has(relay) === true;
  const tell = () => {
    for (const listener of [...listeners]) listener();
  };

  const hear = (relay: RelayLink, peerId: PeerId) => {
    const at = heardAt.get(peerId) ?? new Set();
    heardAt.delete(peerId);
    heardAt.set(peerId, at.add(relay));
    if (heardAt.size > IDENTITIES_MAX) heardAt.delete(heardAt.keys().next().value ?? '');
  };
  const onUnreachable = (relay: RelayLink, peerId: PeerId) => {
    heardAt.get(peerId)?.delete(relay);
    // The same signal went to every relay that knows the peer.
    if (open().some((other) => other !== relay && knows(other, peerId))) return;
    for (const handler of unreachableHandlers) handler(peerId);
  };

  const join = (origin: string) => {
    if (members.has(origin) || members.size >= RELAYS_MAX) return;
    const isOwn = relays.includes(origin);
    const linkOptions: LinkOptions = {
      ...shared,
      url: socketUrlOf(origin, embedKey),
      host: { ...host, dispose: () => {} },
      nextSequence,
      // Only those that this page was told of by its own may add to the list.
      onRelays: (origins) => {
        if (isOpenEnded && isOwn && !isClosed) for (const one of origins) join(one);
      },
    };
    const relay = createRelayLink(linkOptions);
    members.set(origin, relay);
    relay.subscribe(() => {
      network.setReachable(relay, relay.state === 'open');
      tell();
    });
    relay.onSignal((from, sealed) => {
      hear(relay, from.peerId);
      for (const handler of signalHandlers) handler(from, sealed);
    });
    relay.onUnreachable((peerId) => onUnreachable(relay, peerId));
    relay.onRefused((refused) => {
      for (const handler of refusedHandlers) handler(refused);
    });
    for (const [merged, { isBlinded }] of rosters) {
      merged.add(relay.watch(merged.roster.modelRoot, isBlinded));
    }
    if (announced !== undefined) relay.announce(...announced);
    network.add(relay);
    tell();
  };
  for (const origin of relays) join(origin);

  const stateOf = (): RelayLink['state'] => {
    if (isClosed) return 'closed';
    const states = new Set(all().map(({ state }) => state));
    return (
      (['open', 'connecting', 'waiting', 'refused'] as const).find((one) => states.has(one)) ??
      'closed'
    );
  };

  return {
    get state() {
      return stateOf();
    },
    get error() {
      const state = stateOf();
      return all().find((relay) => relay.state === state)?.error;
    },
    get origins() {
      const closed = [...members].filter(([, { state }]) => state !== 'open');
      const reachable = [...members].filter(([, { state }]) => state === 'open');
      return [...reachable, ...closed].map(([origin]) => origin);
    },
    get iceServers() {
      const lists = [...open(), ...all()].map(({ iceServers }) => iceServers);
      return lists.find((list) => list.length > 0) ?? [];
    },
    nowMs: () => open()[0]?.nowMs() ?? clock(),
    subscribe: (onChange) => subscribeTo(listeners, onChange),
    announce(...what) {
      announced = what;
      for (const relay of all()) relay.announce(...what);
    },
    withdraw() {
      announced = undefined;
      for (const relay of all()) relay.withdraw();
    },
    watch(modelRoot, isBlinded = false) {
      const merged = createMergedRoster(modelRoot, () => rosters.delete(merged));
      for (const relay of all()) merged.add(relay.watch(modelRoot, isBlinded));
      rosters.set(merged, { isBlinded });
      return merged.roster;
    },
    tunnels: {
      // Both ends have to meet at one relay: the first, in an order that both have, that knows the other.
      join(peerId, tunnelId, handlers) {
        const inOrder = [...members].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, relay]) => relay);
        const reachable = inOrder.filter(({ state }) => state === 'open');
        const relay = reachable.find((one) => knows(one, peerId)) ?? reachable[0];
        if (relay === undefined) {
          throw new SwarmError('relay-unreachable', 'No relay can be reached now; try again.');
        }
        return relay.tunnels.join(peerId, tunnelId, handlers);
      },
    },
    watchNetwork: network.watch,
    async requestPlacement(request, signal) {
      const [first, ...others] = open().length > 0 ? open() : all();
      return askInTurn(first, others, (relay) => relay.requestPlacement(request, signal));
    },
    // To one operator, the first: text that somebody chose to show goes no further than it must.
    async report(report) {
      const [first = all()[0]] = open();
      if (first === undefined) throw new SwarmError('relay-unreachable', 'No relay is known.');
      return first.report(report);
    },
    identityOf: (peerId) => all().flatMap((relay) => relay.identityOf(peerId) ?? [])[0],
    signalTo(to, sealed) {
      const reachable = open();
      const knowing = reachable.filter((relay) => knows(relay, to));
      const chosen = knowing.length > 0 ? knowing : reachable;
      if (chosen.length === 0) {
        throw new SwarmError('relay-unreachable', 'No relay can be reached now; try again.');
      }
      // Over each of them: one may just be going down, and the receiver drops what it knows already.
      const failures = chosen.flatMap((relay) => failureOf(() => relay.signalTo(to, sealed)));
      if (failures.length === chosen.length) throw failures[0];
    },
    onSignal: (handler) => subscribeTo(signalHandlers, handler),
    onUnreachable: (handler) => subscribeTo(unreachableHandlers, handler),
    onRefused: (handler) => subscribeTo(refusedHandlers, handler),
    reconnect() {
      for (const relay of all()) relay.reconnect();
    },
    dispose() {
      if (isClosed) return;
      isClosed = true;
      for (const { roster } of [...rosters.keys()]) roster.dispose();
      for (const relay of all()) relay.dispose();
      host.dispose();
      tell();
    },
  };
}

/** Relays do not know the same models; the next one is asked where one cannot say. */
async function askInTurn(
  first: RelayLink | undefined,
  others: readonly RelayLink[],
  ask: (relay: RelayLink) => Promise<PlacementProposal>,
): Promise<PlacementProposal> {
  if (first === undefined) {
    throw new SwarmError('relay-unreachable', 'No relay is known; reload the page.');
  }
  try {
    return await ask(first);
  } catch (error) {
    const mayAskAnother =
      error instanceof SwarmError &&
      (error.code === 'relay-unreachable' || error.code === 'relay-refused');
    const [next, ...rest] = others;
    if (!mayAskAnother || next === undefined) throw error;
    return askInTurn(next, rest, ask);
  }
}

function failureOf(act: () => void): SwarmError[] {
  try {
    act();
    return [];
  } catch (error) {
    if (error instanceof SwarmError) return [error];
    throw error;
  }
}

function socketUrlOf(origin: string, embedKey: string | undefined): string {
  const url = new URL('/relay', origin);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  if (embedKey !== undefined) url.searchParams.set('embed', embedKey);
  return url.href;
}
