import type { IceServers } from '@manyhands/protocol/relay-message';
import { withDeadline } from '../deadline.ts';

/** What one connection found out about the ways to this device. It stays in this tab. */
export interface Gathered {
  readonly candidates: readonly RTCIceCandidate[];
  /** Servers that no interface got an answer from, named by `serverOf`. */
  readonly failedUrls: ReadonlySet<string>;
  /** The browser had nothing more to try. */
  readonly isComplete: boolean;
}

/** Has the browser list the ways to this device, connecting to nobody. */
export async function gatherCandidates(
  Connection: typeof RTCPeerConnection,
  iceServers: IceServers,
  timeoutMs: number,
): Promise<Gathered> {
  const connection = new Connection({ iceServers: [...iceServers] as RTCIceServer[] });
  const candidates: RTCIceCandidate[] = [];
  const failures = new Map<string, number>();
  try {
    const complete = new Promise<boolean>((resolve) => {
      connection.addEventListener('icecandidate', ({ candidate }) => {
        // Some browsers end with an empty candidate, all with none.
        if (candidate === null) resolve(true);
        else if (candidate.candidate !== '') candidates.push(candidate);
      });
    });
    connection.addEventListener('icecandidateerror', (event) => {
      const server = serverOf((event as RTCPeerConnectionIceErrorEvent).url);
      failures.set(server, (failures.get(server) ?? 0) + 1);
    });
    connection.createDataChannel('preflight');
    await connection.setLocalDescription();
    const isComplete = await withDeadline(complete, timeoutMs, () => new Error('late')).catch(
      () => false,
    );
    // Each interface fails for itself: one of IPv6 does where a server has an IPv4 address alone.
    const isHost = ({ type, protocol }: RTCIceCandidate) => type === 'host' && protocol === 'udp';
    const hostCount = Math.max(1, candidates.filter(isHost).length);
    const failed = [...failures].filter(([, count]) => count >= hostCount);
    return { candidates, failedUrls: new Set(failed.map(([server]) => server)), isComplete };
  } finally {
    connection.close();
  }
}

/** A server's address as browsers name it in errors: with its port, without the transport. */
export function serverOf(url: string): string {
  const bare = url.replace(/\?.*$/, '');
  return /^\w+:([^:[\]]+|\[.*\]):\d+$/.test(bare) ? bare : `${bare}:3478`;
}
