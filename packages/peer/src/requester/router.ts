import { chooseChain } from '@manyhands/planner/routing';
import type { Transport } from '@manyhands/swarm/link';
import type { Roster } from '@manyhands/swarm/roster';
import { PeerError } from '../error.ts';
import { FIRST_ROUTE_WAIT_MS, ROSTER_TIMEOUT_MS } from '../limits.ts';
import type { AnswerRequest, ChainStage } from './answer.ts';

/** The part of a verified roster that routing reads. */
export type WatchedRoster = Pick<Roster, 'entries' | 'isCurrent' | 'subscribe' | 'dispose'>;
export type RosterSource = (modelRoot: string) => WatchedRoster;

export interface RouterOptions {
  readonly watch: RosterSource;
  readonly transport: Transport;
  readonly request: AnswerRequest;
  readonly blockCount: number;
  readonly coverageWaitMs: number;
}

/** Chooses chains for one answer, remembering who failed it. */
export interface Router {
  /**
   * The chain to open. While an answer is interrupted it waits for coverage to return; a first
   * attempt fails after a moment. Rejects with `no-volunteers`, `not-covered` or `not-enough-stages`.
   */
  choose(
    positionsNeeded: number,
    isRepair: boolean,
    signal: AbortSignal,
  ): Promise<{ readonly stages: readonly ChainStage[]; readonly reason: string }>;
  exclude(peerId: string): void;
  /** Calls `listener` when a stage's volunteer leaves the directory. Returns a remover. */
  onGone(stages: readonly ChainStage[], listener: (peerId: string) => void): () => void;
  dispose(): void;
}

export function createRouter(options: RouterOptions): Router {
  const { watch, transport, request, blockCount, coverageWaitMs } = options;
  const roster = watch(request.modelRoot);
  const excluded = new Set<string>();

  const decide = (positionsNeeded: number) =>
    chooseChain({
      modelRoot: request.modelRoot,
      blockCount,
      entries: roster.entries,
      stagesMin: request.stagesMin ?? 1,
      exclude: excluded,
      positionsNeeded,
      requesterPeerId: transport.peerId,
      random: Math.random,
    });

  const changed = (timeoutMs: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const finish = (): void => {
        clearTimeout(timer);
        remove();
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      const onAbort = (): void => {
        finish();
        reject(signal.reason);
      };
      const timer = setTimeout(finish, timeoutMs);
      const remove = roster.subscribe(finish);
      signal.addEventListener('abort', onAbort, { once: true });
    });

  return {
    async choose(positionsNeeded, isRepair, signal) {
      const snapshotEndMs = performance.now() + ROSTER_TIMEOUT_MS;
      while (!roster.isCurrent && performance.now() < snapshotEndMs) {
        signal.throwIfAborted();
        await changed(snapshotEndMs - performance.now(), signal);
      }
      if (!roster.isCurrent) {
        throw new PeerError(
          'no-volunteers',
          'The relay did not say who is contributing: check the connection and try again.',
        );
      }
      const endMs = performance.now() + (isRepair ? coverageWaitMs : FIRST_ROUTE_WAIT_MS);
      for (;;) {
        signal.throwIfAborted();
        const choice = decide(positionsNeeded);
        if (choice.kind === 'chain') return choice;
        // Who failed once may be all there is: better a second try than a lost answer.
        if (isRepair && excluded.size > 0) {
          const everyone = [...excluded];
          excluded.clear();
          const retry = decide(positionsNeeded);
          if (retry.kind === 'chain') return retry;
          for (const peerId of everyone) excluded.add(peerId);
        }
        const leftMs = endMs - performance.now();
        if (leftMs <= 0) throw new PeerError(choice.code, choice.message);
        await changed(leftMs, signal);
      }
    },
    exclude: (peerId) => excluded.add(peerId),
    onGone: (stages, listener) => watchForLoss(roster, stages, listener),
    dispose: () => roster.dispose(),
  };
}

/**
 * The relay sees a killed tab's socket close seconds before WebRTC notices. Only while the roster stays
 * current: after the relay restarted, volunteers that have not announced again yet are not gone.
 */
function watchForLoss(
  roster: WatchedRoster,
  stages: readonly ChainStage[],
  listener: (peerId: string) => void,
): () => void {
  const listed = (): Set<string> => {
    const present = new Set<string>(roster.entries.map(({ identity }) => identity.peerId));
    return new Set(stages.map(({ peerId }) => peerId).filter((peerId) => present.has(peerId)));
  };
  let known = listed();
  let wasCurrent = roster.isCurrent;
  return roster.subscribe(() => {
    const now = listed();
    const gone = [...known].filter((peerId) => !now.has(peerId));
    const isProof = wasCurrent && roster.isCurrent;
    known = now;
    wasCurrent = roster.isCurrent;
    if (isProof) for (const peerId of gone) listener(peerId);
  });
}
