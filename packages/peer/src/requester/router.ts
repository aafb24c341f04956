import type { ChainReason, ChainWhy } from '@manyhands/planner/chain-reason';
import { type ExplainRequest, explainChain } from '@manyhands/planner/explain-chain';
import { chooseRepair, chooseSpares } from '@manyhands/planner/repair';
import { chooseChain, type RoutingChoice } from '@manyhands/planner/routing';
import type { DirectoryEntry } from '@manyhands/protocol/directory';
import type { Transport } from '@manyhands/swarm/link';
import { PeerError } from '../error.ts';
import { BUSY_RETRY_MS, FIRST_ROUTE_WAIT_MS, SECOND_TRY_WAIT_MS } from '../limits.ts';
import type { AnswerRequest, ChainStage, MissingForChain } from './answer.ts';
import type { KnownRoundTrips } from './round-trips.ts';
import {
  type RosterSource,
  rosterChanged,
  rosterCurrent,
  watchForLoss,
  withoutIdentities,
} from './watch-roster.ts';

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
    onWaiting: (missing: MissingForChain) => void,
  ): Promise<{
    readonly stages: readonly ChainStage[];
    readonly reason: ChainReason;
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
  ): { readonly stages: readonly ChainStage[]; readonly reason: ChainReason } | undefined;
  /**
   * What the chain that was chosen last should take by what was measured by now, and why it is the one;
   * undefined where that cannot be told.
   */
  predict(
    stages: readonly ChainStage[],
  ): Promise<{ readonly reason: ChainReason; readonly predictedMs: number } | undefined>;
  /** For each stage who could take its place, where somebody could. */
  chooseSpares(
    stages: readonly ChainStage[],
    positionsNeeded: number,
  ): readonly (ChainStage | undefined)[];
  /** What the stages compute in, as far as they are in the directory. */
  numericClassOf(stages: readonly ChainStage[]): string | undefined;
  /** Calls `listener` when the directory changed. Returns a remover. */
  onChange(listener: () => void): () => void;
  exclude(peerId: string): void;
  /** Leaves a busy volunteer out until then; whether the others can make a chain without it. */
  postpone(peerId: string, untilMs: number, positionsNeeded: number): boolean;
  /** Calls `listener` when a stage's volunteer leaves the directory. Returns a remover. */
  onGone(stages: readonly ChainStage[], listener: (peerId: string) => void): () => void;
  dispose(): void;
}

const ONLY_BLOCKED: MissingForChain = {
  code: 'only-blocked',
  missingBlocks: [],
  missesEmbedding: false,
  missesHead: false,
  message:
    'Only volunteers that you blocked hold what is missing: unblock one, or wait for others.',
};

export function createRouter(options: RouterOptions): Router {
  const { watch, transport, request, blockCount, headBlocks, roundTrips, coverageWaitMs } = options;
  const everybody = watch(request.modelRoot);
  const roster = withoutIdentities(everybody, request.avoid);
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
  let chosen: { readonly from: ExplainRequest; readonly why?: ChainWhy } | undefined;
  const decide = (positionsNeeded: number) => {
    const from = { ...filter(positionsNeeded), stagesMin };
    const choice = chooseChain({ ...from, random: Math.random });
    if (choice.kind === 'chain') chosen = { from };
    return choice;
  };
  /** Those who are not to be asked could, and nobody else will when they have time. */
  const isOnlyBlocked = (positionsNeeded: number): boolean => {
    if (roster === everybody || isAnybodyFull(roster.entries)) return false;
    const from = { ...filter(positionsNeeded), entries: everybody.entries, stagesMin };
    return chooseChain(from).kind === 'chain';
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
      const startMs = performance.now();
      const endMs = startMs + (isRepair ? coverageWaitMs : FIRST_ROUTE_WAIT_MS);
      const secondTryMs = Math.min(endMs, startMs + SECOND_TRY_WAIT_MS);
      let waitsFor: string | undefined;
      for (;;) {
        signal.throwIfAborted();
        let choice = decide(positionsNeeded);
        if (choice.kind === 'chain') return choice;
        // Who failed once may be all there is: better a second try than a lost answer. Not at once: one that left
        // stands in the directory for a moment longer, and would use up every repair.
        const untilSecondTryMs = secondTryMs - performance.now();
        if (isRepair && excluded.size > 0 && untilSecondTryMs <= 0) {
          const everyone = [...excluded];
          excluded.clear();
          // They count for what is missing too: they are asked again as soon as the rest is there.
          choice = decide(positionsNeeded);
          if (choice.kind === 'chain') return choice;
          for (const peerId of everyone) excluded.add(peerId);
        }
        const leftMs = endMs - performance.now();
        const missing = isOnlyBlocked(positionsNeeded) ? ONLY_BLOCKED : missingOf(choice);
        const { code, message } = missing;
        if (isRepair && untilSecondTryMs <= 0 && message !== waitsFor) {
          waitsFor = message;
          onWaiting(missing);
        }
        if (leftMs <= 0 && (code === 'not-enough-stages' || !isAnybodyFull(roster.entries))) {
          throw new PeerError(code, message);
        }
        if (leftMs <= 0) throw new PeerError('busy', message, { retryAfterMs: BUSY_RETRY_MS });
        const isPatient = isRepair && untilSecondTryMs > 0;
        await rosterChanged(
          roster,
          isPatient ? Math.min(leftMs, untilSecondTryMs) : leftMs,
          signal,
        );
      }
    },
    chooseRepair(stages, lost, positionsNeeded) {
      const repaired = replacementsFor(stages, lost, positionsNeeded);
      if (!repaired) return undefined;
      const why: ChainWhy = { code: 'repaired', newCount: repaired.length };
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
      return { stages: inOrder, reason: why };
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
    numericClassOf: classOf,
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

function missingOf(choice: Extract<RoutingChoice, { kind: 'none' }>): MissingForChain {
  const { kind: _kind, ...missing } = choice;
  return missing;
}

/** Somebody would serve, but has as many sessions as it takes. */
function isAnybodyFull(entries: readonly DirectoryEntry[]): boolean {
  return entries.some(
    ({ state, sessions, sessionsMax }) => state === 'serving' && sessions >= sessionsMax,
  );
}
