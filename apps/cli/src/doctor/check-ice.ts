import { isIP } from 'node:net';
import { createIceServerSource } from '@manyhands/relay/ice/turn-credentials';
import type { RelaySettings } from '@manyhands/relay/settings';
import { type Finding, note, ok, problem } from './finding.ts';
import { askIceServer, type IceAnswer, type IceServer } from './stun/ask-ice-server.ts';

/** Asks every STUN and TURN server what a browser would ask it, with credentials of its own. */
export function checkIceServers(settings: RelaySettings, nowMs: number): Promise<Finding[]> {
  const servers = createIceServerSource(settings.iceServers, settings.turn).issue(nowMs);
  return Promise.all(
    servers.map(async (server) => judgeAnswer(server, await askIceServer(server))),
  );
}

export function judgeAnswer({ urls }: IceServer, answer: IceAnswer): Finding {
  const isTurn = /^turns?:/.test(urls);
  const check = isTurn ? 'turn' : 'stun';
  switch (answer.kind) {
    case 'serves':
      if (isTurn && answer.address !== undefined && isPrivate(answer.address) && !isNear(urls)) {
        const text = `${urls} would relay at ${answer.address}, which nobody outside reaches`;
        return problem(check, text, "Set coturn's external-ip to the server's public address.");
      }
      return ok(check, `${urls} ${isTurn ? 'gives allocations' : 'answers'}`);
    case 'bad-url':
      return problem(check, `${urls} is no STUN or TURN address`, 'Write turn:HOST:PORT.');
    case 'no-answer': {
      const remedy = `Is it running, and do the firewall and ${urls} name the same port and protocol?`;
      return problem(check, `${urls}: ${answer.reason}`, remedy);
    }
    case 'refuses':
      return judgeRefusal(check, urls, answer);
    default:
      return answer satisfies never;
  }
}

function judgeRefusal(
  check: string,
  urls: string,
  { code, reason }: Extract<IceAnswer, { kind: 'refuses' }>,
): Finding {
  const text = `${urls} refuses: ${code === 0 ? '' : `${code} `}${reason}`;
  if (code === 401 || code === 441) {
    const remedy =
      "TURN_SECRET has to be coturn's static-auth-secret, with use-auth-secret, and both clocks right.";
    return problem(check, text, remedy);
  }
  if (code === 486 || code === 508) {
    return note(check, text, "It is full: raise coturn's user-quota, total-quota or port range.");
  }
  return problem(check, text, "The TURN server's log says more.");
}

function isPrivate(address: string): boolean {
  return /^(10\.|127\.|169\.254\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/.test(address);
}

/** A server of the same network, for which a private address is right. */
function isNear(urls: string): boolean {
  const host = /^turns?:\[?([^\]?]+?)\]?(:\d+)?(\?|$)/.exec(urls)?.[1] ?? '';
  return host === 'localhost' || host.endsWith('.local') || (isIP(host) === 4 && isPrivate(host));
}
