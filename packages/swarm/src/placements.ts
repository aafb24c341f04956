import type { FromRelayOf, MeasuredSpeed, ToRelay } from '@manyhands/protocol/relay-message';
import { SwarmError } from './error.ts';
import { PLACEMENT_TIMEOUT_MS, PLACEMENTS_MAX } from './limits.ts';
import type { SocketHost } from './socket.ts';

export type PlacementProposal = FromRelayOf<'placement-proposal'>;
export interface PlacementRequest {
  readonly memoryBytes: number;
  /** Without it the relay chooses the model too. */
  readonly modelRoot?: string;
  /** Of what this tab served before. */
  readonly measured?: MeasuredSpeed;
}

/** Questions to the relay what to hold, each answered, refused or timed out. */
export interface Placements {
  request(request: PlacementRequest, signal?: AbortSignal): Promise<PlacementProposal>;
  take(proposal: PlacementProposal): void;
  /** The relay does not know a model that was asked for. */
  refuse(message: string): void;
  /** The relay is reachable (again): ask again what is still unanswered. */
  resume(): void;
  dispose(): void;
}

interface Pending {
  readonly message: Extract<ToRelay, { type: 'placement-request' }>;
  resolve(proposal: PlacementProposal): void;
  fail(error: SwarmError): void;
}

export function createPlacements(options: {
  readonly host: Pick<SocketHost, 'setTimer'>;
  /** Returns false where no relay is connected. */
  send(message: ToRelay): boolean;
}): Placements {
  const { host, send } = options;
  const pending = new Map<number, Pending>();
  let requestCount = 0;

  const request = (wanted: PlacementRequest, signal?: AbortSignal) =>
    new Promise<PlacementProposal>((resolve, reject) => {
      if (pending.size >= PLACEMENTS_MAX) {
        throw new SwarmError('over-limit', 'Too many placement requests at a time; wait for one.');
      }
      const requestId = requestCount++ % 0xffff_ffff;
      const finish = () => {
        pending.delete(requestId);
        cancelTimer();
        signal?.removeEventListener('abort', onAbort);
      };
      const fail = (error: SwarmError) => {
        finish();
        reject(error);
      };
      const onAbort = () => fail(new SwarmError('aborted', 'The placement request was stopped.'));
      const onTimeout = () =>
        fail(new SwarmError('relay-unreachable', 'The relay proposed nothing in time; try again.'));
      const cancelTimer = host.setTimer(onTimeout, PLACEMENT_TIMEOUT_MS);
      if (signal?.aborted) {
        onAbort();
        return;
      }
      signal?.addEventListener('abort', onAbort);
      const { memoryBytes, modelRoot, measured } = wanted;
      const message: Pending['message'] = {
        type: 'placement-request',
        requestId,
        memoryBytes,
        ...(modelRoot === undefined ? {} : { modelRoot }),
        ...(measured === undefined ? {} : { measured }),
      };
      pending.set(requestId, {
        message,
        fail,
        resolve(proposal) {
          finish();
          resolve(proposal);
        },
      });
      send(message);
    });

  return {
    request,
    take: (proposal) => pending.get(proposal.requestId)?.resolve(proposal),
    refuse(message) {
      for (const one of [...pending.values()]) {
        if (one.message.modelRoot !== undefined) one.fail(new SwarmError('relay-refused', message));
      }
    },
    resume() {
      for (const { message } of pending.values()) send(message);
    },
    dispose() {
      for (const one of [...pending.values()]) {
        one.fail(new SwarmError('aborted', 'The connection to the relay was closed.'));
      }
    },
  };
}
