import type { IceServers } from '@manyhands/protocol/relay-message';
import { GATHER_TIMEOUT_MS } from '../limits.ts';
import type { CheckResult, PreflightScope } from './check.ts';
import { gatherCandidates } from './gather.ts';
import { chooseNatKind, type NatKind } from './nat.ts';

/** How well tabs on other networks can reach this one. The addresses that show it stay here. */
export async function checkNat(
  { RTCPeerConnection: Connection }: PreflightScope,
  iceServers: IceServers,
  isAsked: boolean,
): Promise<CheckResult> {
  const id = 'nat';
  const urls = iceServers.flatMap((server) => server.urls);
  const hasTurn = urls.some((url) => /^turns?:/.test(url));
  const serverUrls = urls.filter((url) => /^(stun|turn):/.test(url));
  if (Connection === undefined || serverUrls.length === 0) {
    const text = 'The relay names no STUN server, so how the router treats tabs is not known.';
    return { id, level: 'unknown', text };
  }
  if (!isAsked) {
    const text =
      'How the router treats tabs is asked of the relay’s STUN servers when you want it.';
    return { id, level: 'unknown', text };
  }
  const gathered = await gatherCandidates(Connection, iceServers, GATHER_TIMEOUT_MS);
  return { id, ...describe(chooseNatKind({ ...gathered, serverUrls }), hasTurn) };
}

function describe(kind: NatKind, hasTurn: boolean): Omit<CheckResult, 'id'> {
  switch (kind) {
    case 'none':
      return { level: 'ok', text: 'Tabs elsewhere reach this one directly.' };
    case 'stable':
      return { level: 'ok', text: 'The router lets tabs elsewhere reach this one.' };
    case 'symmetric':
      return hasTurn
        ? {
            level: 'ok',
            text: 'The router uses a new port for every partner (symmetric NAT); the relay’s TURN server bridges that.',
          }
        : {
            level: 'warning',
            text: 'The router uses a new port for every partner (symmetric NAT): some tabs will not reach this one.',
            remedy:
              'Another network helps, often a cable or Wi-Fi instead of a mobile one; or a relay with TURN.',
          };
    case 'blocked':
      return {
        level: 'warning',
        text: 'No STUN server answered: the network seems to block UDP.',
        remedy: hasTurn
          ? 'Tabs elsewhere are reached through the relay’s TURN server only. Another network, or no VPN, is faster.'
          : 'Tabs elsewhere will not reach this one. Try another network, or switch off the VPN.',
      };
    case 'unknown':
      return {
        level: 'unknown',
        text: 'Too few STUN servers answered to tell how the router treats tabs.',
      };
    default:
      return kind satisfies never;
  }
}
