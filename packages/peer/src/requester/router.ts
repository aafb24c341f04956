import { type ExplainRequest, explainChain } from '@manyhands/planner/explain-chain';
import { chooseRepair, chooseSpares } from '@manyhands/planner/repair';
import { chooseChain } from '@manyhands/planner/routing';
import type { DirectoryEntry } from '@manyhands/protocol/directory';
import type { Transport } from '@manyhands/swarm/link';
import { PeerError } from '../error.ts';
import { BUSY_RETRY_MS, FIRST_ROUTE_WAIT_MS } from '../limits.ts';
import type { AnswerRequest, ChainStage } from './answer.ts';
import type { KnownRoundTrips } from './round-trips.ts';
import { type RosterSource, rosterChanged, rosterCurrent, watchForLoss } from './watch-roster.ts';

export interface RouterOptions {
  readonly watch: RosterSource;
  readonly transport: Transport;
  readonly request: AnswerRequest;
  readonly blockCount: number;
  readonly headBlocks: number;
  readonly roundTrips: KnownRoundTrips;
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
    /** Called with what is missing, while an interrupted answer waits. */
    onWaiting: (reason: string) => void,
  ): Promise<{
    readonly stages: readonly ChainStage[];
    readonly reason: string;
    readonly predictedMs: number;
  }>;
  /**
   * The same chain with other volunteers for the lost stages, of the numeric class it has; undefined
   * where there are none now.
   */
  chooseRepair(
    stages: readonly ChainStage[],
    lost: ReadonlySet<string>,
    positionsNeeded: number,
  ): { readonly stages: readonly ChainStage[]; readonly reason: string } | undefined;
  /**
   * What the chain that was chosen last should take by what was measured by now, and why it is the one;
   * undefined where that cannot be told.
   */
  predict(
    stages: readonly ChainStage[],
  ): Promise<{ readonly reason: string; readonly predictedMs: number } | undefined>;
  /** For each stage who could take its place, where somebody could. */
  chooseSpares(
    stages: readonly ChainStage[],
    positionsNeeded: number,
  ): readonly (ChainStage | undefined)[];
  /** Calls `listener` when the directory changed. Returns a remover. */
  onChange(listener: () => void): () => void;
  exclude(peerId: string): void;
  /** Leaves a busy volunteer out until then; whether the others can make a chain without it. */
  postpone(peerId: string, untilMs: number, positionsNeeded: number): boolean;
  /** Calls `listener` when a stage's volunteer leaves the directory. Returns a remover. */
  onGone(stages: readonly ChainStage[], listener: (peerId: string) => void): () => void;
  dispose(): void;
}

export function createRouter(options: RouterOptions): Router {
  const { watch, transport, request, blockCount, headBlocks, roundTrips, coverageWaitMs } = options;
  const roster = watch(request.modelRoot);
  const excluded = new Set<string>();

  /** Until when volunteers that are busy are not asked again. */
  const busyUntil = new Map<string, number>();
  const leftOut = (): ReadonlySet<string> => {
    const nowMs = performance.now();
    for (const [peerId, untilMs] of busyUntil) if (untilMs <= nowMs) busyUntil.delete(peerId);
    return new Set([...excluded, ...busyUntil.keys()]);
  };
  const filter = (positionsNeeded: number) => ({
    modelRoot: request.modelRoot,
    blockCount,
    entries: roster.entries,
    exclude: leftOut(),
    positionsNeeded,
    requesterPeerId: transport.peerId,
    roundTripMs: roundTrips.between,
    headBlocks,
  });
  const { stagesMin = 1 } = request;
  /** The directory as the chain was chosen from it: since then its load is this answer's too. */
  let chosen: { readonly from: ExplainRequest; readonly why?: string } | undefined;
  const decide = (positionsNeeded: number) => {
    const from = { ...filter(positionsNeeded), stagesMin };
    const choice = chooseChain({ ...from, random: Math.random });
    if (choice.kind === 'chain') chosen = { from };
    return choice;
  };
  /** What the stages that are still in the directory compute in. */
  const classOf = (stages: readonly ChainStage[]): string | undefined =>
    roster.entries.find(({ identity }) => stages.some(({ peerId }) => peerId === identity.peerId))
      ?.numericClass;
  const replacementsFor = (
    stages: readonly ChainStage[],
    lost: ReadonlySet<string>,
    positionsNeeded: number,
  ): readonly ChainStage[] | undefined => {
    const survivors = stages.filter(({ peerId }) => !lost.has(peerId));
    const gone = stages.filter(({ peerId }) => lost.has(peerId));
    const numericClass = classOf(survivors);
    if (numericClass === undefined) return undefined;
    return chooseRepair({ ...filter(positionsNeeded), survivors, lost: gone, numericClass });
  };

  return {
    async choose(positionsNeeded, isRepair, signal, onWaiting) {
      await rosterCurrent(roster, signal);
      await roundTrips.refresh();
      const endMs = performance.now() + (isRepair ? coverageWaitMs : FIRST_ROUTE_WAIT_MS);
      let waitsFor: string | undefined;
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
        if (isRepair && choice.message !== waitsFor) {
          waitsFor = choice.message;
          onWaiting(choice.message);
        }
        if (
          leftMs <= 0 &&
          (choice.code === 'not-enough-stages' || !isAnybodyFull(roster.entries))
        ) {
          throw new PeerError(choice.code, choice.message);
        }
        if (leftMs <= 0)
          throw new PeerError('busy', choice.message, { retryAfterMs: BUSY_RETRY_MS });
        await rosterChanged(roster, leftMs, signal);
      }
    },
    chooseRepair(stages, lost, positionsNeeded) {
      const repaired = replacementsFor(stages, lost, positionsNeeded);
      if (!repaired) return undefined;
      const who = repaired.length === 1 ? 'Another volunteer takes' : 'Other volunteers take';
      const why = `${who} the lost blocks; the others go on`;
      const kept = stages.filter(({ peerId }) => !lost.has(peerId));
      const inOrder = [...kept, ...repaired].sort((a, b) => a.firstBlock - b.firstBlock);
      const before = new Map(chosen?.from.entries.map((entry) => [entry.identity.peerId, entry]));
      const from = { ...filter(positionsNeeded), stagesMin };
      const isKept = (peerId: string): boolean => kept.some((stage) => stage.peerId === peerId);
      const entries = from.entries.map((entry) => {
        const { peerId } = entry.identity;
        return (isKept(peerId) && before.get(peerId)) || entry;
      });
      chosen = { from: { ...from, entries }, why };
      return { stages: inOrder, reason: `${why}.` };
    },
    async predict(stages) {
      await roundTrips.refresh();
      return chosen && explainChain(chosen.from, stages, chosen.why);
    },
    chooseSpares(stages, positionsNeeded) {
      const numericClass = classOf(stages);
      if (numericClass === undefined) return [];
      return chooseSpares({ ...filter(positionsNeeded), stages, numericClass });
    },
    onChange: (listener) => roster.subscribe(listener),
    exclude: (peerId) => excluded.add(peerId),
    postpone(peerId, untilMs, positionsNeeded) {
      busyUntil.set(peerId, untilMs);
      return decide(positionsNeeded).kind === 'chain';
    },
    onGone: (stages, listener) =>
      watchForLoss(
        roster,
        stages.map(({ peerId }) => peerId),
        listener,
      ),
    dispose: () => roster.dispose(),
  };
}

/** Somebody would serve, but has as many sessions as it takes. */
function isAnybodyFull(entries: readonly DirectoryEntry[]): boolean {
  return entries.some(
    ({ state, sessions, sessionsMax }) => state === 'serving' && sessions >= sessionsMax,
  );
}
