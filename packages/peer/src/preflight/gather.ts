import type { IceServers } from '@manyhands/protocol/relay-message';
import { withDeadline } from '../deadline.ts';

/** What one connection found out about the ways to this device. It stays in this tab. */
export interface Gathered {
  readonly candidates: readonly RTCIceCandidate[];
  /** Servers that answered some interface with an error, or not at all. */
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
  const failedUrls = new Set<string>();
  try {
    const complete = new Promise<boolean>((resolve) => {
      connection.addEventListener('icecandidate', ({ candidate }) => {
        // Some browsers end with an empty candidate, all with none.
        if (candidate === null) resolve(true);
        else if (candidate.candidate !== '') candidates.push(candidate);
      });
    });
    connection.addEventListener('icecandidateerror', (event) => {
      const { url } = event as RTCPeerConnectionIceErrorEvent;
      failedUrls.add(url.replace(/\?.*$/, ''));
    });
    connection.createDataChannel('preflight');
    await connection.setLocalDescription();
    const isComplete = await withDeadline(complete, timeoutMs, () => new Error('late')).catch(
      () => false,
    );
    return { candidates, failedUrls, isComplete };
  } finally {
    connection.close();
  }
}
