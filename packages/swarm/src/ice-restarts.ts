import type { IceSignal } from './peer-connection.ts';

/** New paths for a connection that exists: its certificate, its channels and what is in them stay. */
export interface IceRestarts {
  /** Restarts so far, here or as the initiator told. */
  readonly count: number;
  /** Makes a new offer. The initiator's alone, so that there are never two at once. */
  begin(): void;
  /** What belongs to another restart than the last one is dropped. */
  take(data: IceSignal): void;
}

/**
 * simple-peer negotiates once and takes every error for the end. Here an error only ends an attempt:
 * whoever counts them begins another one or gives the connection up.
 */
export function createIceRestarts(
  pc: RTCPeerConnection,
  options: {
    readonly isInitiator: boolean;
    iceServers(): RTCIceServer[];
    onSignal(data: IceSignal): void;
  },
): IceRestarts {
  const { isInitiator, iceServers, onSignal } = options;
  let count = 0;
  let queue = Promise.resolve();
  /** One after the other; a restart that is no longer the last one changes nothing any more. */
  const enqueue = (restart: number, task: () => Promise<void>) => {
    queue = queue
      .then(() => (restart === count && pc.signalingState !== 'closed' ? task() : undefined))
      .catch(() => {});
  };
  const useServers = () => {
    try {
      pc.setConfiguration({ ...pc.getConfiguration(), iceServers: iceServers() });
    } catch {
      // Some browsers change nothing any more; the servers it has may do.
    }
  };

  const offer = async (restart: number) => {
    useServers();
    const { sdp = '' } = await pc.createOffer({ iceRestart: true });
    await pc.setLocalDescription({ type: 'offer', sdp });
    onSignal({ type: 'offer', restart, sdp });
  };
  const answer = async (restart: number, offered: string) => {
    useServers();
    await pc.setRemoteDescription({ type: 'offer', sdp: offered });
    const { sdp = '' } = await pc.createAnswer();
    await pc.setLocalDescription({ type: 'answer', sdp });
    onSignal({ type: 'answer', restart, sdp });
  };

  return {
    get count() {
      return count;
    },
    begin() {
      const restart = ++count;
      enqueue(restart, () => offer(restart));
    },
    take(data) {
      const { restart } = data;
      switch (data.type) {
        case 'offer':
          if (isInitiator || restart <= count) return;
          count = restart;
          enqueue(restart, () => answer(restart, data.sdp));
          return;
        case 'answer':
          if (isInitiator) {
            enqueue(restart, () => pc.setRemoteDescription({ type: 'answer', sdp: data.sdp }));
          }
          return;
        case 'candidate': {
          const { candidate, sdpMid, sdpMLineIndex } = data;
          enqueue(restart, () => pc.addIceCandidate({ candidate, sdpMid, sdpMLineIndex }));
          return;
        }
        default:
          data satisfies never;
      }
    },
  };
}
