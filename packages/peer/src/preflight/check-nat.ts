import type { IceServers } from '@manyhands/protocol/relay-message';
import { GATHER_TIMEOUT_MS } from '../limits.ts';
import { type CheckResult, found, type PreflightScope } from './check.ts';
import { gatherCandidates, serverOf } from './gather.ts';
import { chooseNatKind, type NatKind } from './nat.ts';

/** How well tabs on other networks can reach this one. The addresses that show it stay here. */
export async function checkNat(
  { RTCPeerConnection: Connection }: PreflightScope,
  iceServers: IceServers | undefined,
  isAsked: boolean,
): Promise<CheckResult> {
  const urls = (iceServers ?? []).flatMap((server) => server.urls);
  const hasTurn = urls.some((url) => /^turns?:/.test(url));
  const isUdp = (url: string) => /^(stun|turn):/.test(url) && !url.endsWith('?transport=tcp');
  const serverUrls = [...new Set(urls.filter(isUdp).map(serverOf))];
  if (iceServers !== undefined && serverUrls.length === 0) return found('no-stun-server');
  if (!isAsked) return found('nat-not-asked');
  if (iceServers === undefined || Connection === undefined) return found('no-relay');
  const gathered = await gatherCandidates(Connection, iceServers, GATHER_TIMEOUT_MS);
  return verdictOf(chooseNatKind({ ...gathered, serverUrls }), hasTurn);
}

function verdictOf(kind: NatKind, hasTurn: boolean): CheckResult {
  switch (kind) {
    case 'none':
      return found('no-nat');
    case 'stable':
      return found('stable-nat');
    case 'symmetric':
      return found(hasTurn ? 'symmetric-nat-with-turn' : 'symmetric-nat');
    case 'blocked':
      return found(hasTurn ? 'udp-blocked-with-turn' : 'udp-blocked');
    case 'unknown':
      // It takes two that answer.
      return found('few-stun-servers');
    default:
      return kind satisfies never;
  }
}
