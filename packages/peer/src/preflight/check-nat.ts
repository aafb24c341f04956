import type { IceServers } from '@manyhands/protocol/relay-message';
import { GATHER_TIMEOUT_MS } from '../limits.ts';
import type { CheckResult, PreflightScope } from './check.ts';
import { gatherCandidates, serverOf } from './gather.ts';
import { chooseNatKind, type NatKind } from './nat.ts';

/** How well tabs on other networks can reach this one. The addresses that show it stay here. */
export async function checkNat(
  { RTCPeerConnection: Connection }: PreflightScope,
  iceServers: IceServers | undefined,
  isAsked: boolean,
): Promise<CheckResult> {
  const id = 'nat';
  const urls = (iceServers ?? []).flatMap((server) => server.urls);
  const hasTurn = urls.some((url) => /^turns?:/.test(url));
  const isUdp = (url: string) => /^(stun|turn):/.test(url) && !url.endsWith('?transport=tcp');
  const serverUrls = [...new Set(urls.filter(isUdp).map(serverOf))];
  if (iceServers !== undefined && serverUrls.length === 0) {
    const text = 'The relay names no STUN server, so how the router treats tabs is not known.';
    return { id, level: 'unknown', text };
  }
  if (!isAsked) {
    const text =
      'How the router treats tabs is asked of the relay’s STUN servers when you want it.';
    return { id, level: 'unknown', text };
  }
  if (iceServers === undefined || Connection === undefined) {
    const text = 'The relay was not reached, which names the STUN servers to ask about the router.';
    const remedy = 'Check the connection to the internet, then check again.';
    return { id, level: 'unknown', text, remedy };
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
        text: 'Too few STUN servers answered to tell how the router treats tabs: it takes two.',
        remedy: 'Check again in a moment, or ask the operator of the relay to name another one.',
      };
    default:
      return kind satisfies never;
  }
}
