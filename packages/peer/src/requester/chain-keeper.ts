import type { ChainReason } from '@manyhands/planner/chain-reason';
import { encodeBase64 } from '@manyhands/protocol/base64';
import { REPAIRS_MAX } from '@manyhands/protocol/limits';
import type { Transport } from '@manyhands/swarm/link';
import { PeerError } from '../error.ts';
import { reportError } from '../error-report.ts';
import { PREDICTION_CHANGE_MIN } from '../limits.ts';
import type { Ticker } from '../ticker.ts';
import type {
  AnswerEvent,
  AnswerRequest,
  ChainLink,
  ChainStage,
  MissingForChain,
} from './answer.ts';
import { type Chain, type ChainAccount, openChain } from './chain.ts';
import type { PrefixKeys } from './prefix-keys.ts';
import type { KnownRoundTrips } from './round-trips.ts';
import type { Router } from './router.ts';
import { keepSpares } from './spares.ts';
import { createBusyWait } from './wait-busy.ts';

export interface ChainKeeperOptions {
  readonly transport: Transport;
  readonly ticker: Ticker;
  readonly router: Router;
  readonly roundTrips: Pick<KnownRoundTrips, 'told'>;
  readonly request: AnswerRequest;
  readonly positionsMax: number;
  readonly keysOf: PrefixKeys;
  /** The prompt and what was generated since; grows. */
  readonly contextIds: readonly number[];
  readonly signal: AbortSignal;
  emit(event: AnswerEvent): void;
}

/** One answer's chains, one after another: what is lost is replaced while the rest keeps its sessions. */
export interface ChainKeeper {
  readonly stages: readonly ChainStage[];
  readonly repairs: number;
  /** Opens the next chain. Rejects with `PeerError` or the signal's reason; `failed` says what then. */
  next(): Promise<{ readonly chain: Chain; readonly isResumed: boolean }>;
  /**
   * Tells what the standing chain should take by what was measured by now, where that is news. Nobody
   * has to wait for it.
   */
  predict(): Promise<void>;
  /** Learns from a failure who is to be left out. Throws it where another chain would do no better. */
  failed(error: unknown): Promise<void>;
  /** Ends what stands; resolves with the bytes of all chains, added up per pair of peers. */
  close(): Promise<readonly ChainLink[]>;
}

/** A chain with open sessions; some of its volunteers may be lost. */
interface Standing {
  readonly chain: Chain;
  readonly stages: readonly ChainStage[];
  readonly lost: Set<string>;
  /** What was told last. */
  predictedMs: number | undefined;
  stopWatching(): void;
}

interface Plan {
  readonly stages: readonly ChainStage[];
  readonly reason: ChainReason;
  readonly predictedMs?: number;
  /** Of the chain that stands: they keep their sessions. */
  readonly survivors?: ReadonlySet<string>;
}

/** Failures of volunteers: another chain may do better. Everything else would fail again. */
const REPAIRABLE: ReadonlySet<string> = new Set([
  'chain-lost',
  'step-timeout',
  'replay-failed',
  'session-refused',
  'busy',
  'bad-frame',
]);
const NOBODY: ReadonlySet<string> = new Set();

export function createChainKeeper(options: ChainKeeperOptions): ChainKeeper {
  const { transport, ticker, router, roundTrips, request, positionsMax } = options;
  const { keysOf, contextIds, signal, emit } = options;
  const sessionId = encodeBase64(crypto.getRandomValues(new Uint8Array(16)));
  const closing: Promise<ChainAccount>[] = [];
  let standing: Standing | undefined;
  let stages: readonly ChainStage[] = [];
  let repairs = 0;
  /** Chains that busy volunteers refused: no repairs, but what came late from them must not count. */
  let refusals = 0;
  const busyWait = createBusyWait({ router, positionsMax, signal, emit });

  /** Other volunteers for what was lost while the rest waits, else a chain from the beginning. */
  const choosePlan = async (): Promise<Plan> => {
    if (standing) {
      const { lost } = standing;
      const repair = router.chooseRepair(standing.stages, lost, positionsMax);
      if (repair) return { ...repair, survivors: survivorsOf(standing) };
      await closeStanding();
    }
    const onWaiting = (missing: MissingForChain): void => emit({ type: 'waiting', missing });
    return router.choose(positionsMax, repairs > 0, signal, onWaiting);
  };

  /**
   * The pages of what was computed stay for a while: the next chain, or the next turn, begins with it.
   * The last token was never run: where it would end a page, that page may hold a draft in its place.
   */
  const closeStanding = async (): Promise<ChainAccount | undefined> => {
    if (!standing) return undefined;
    const { chain, stopWatching } = standing;
    standing = undefined;
    stopWatching();
    const closed = chain.close(await keysOf(contextIds.slice(0, -1)), repairs + refusals);
    // A dead stage keeps its account for a second; the next chain must not wait for it.
    closing.push(closed);
    return closed;
  };

  const resumeFrom = ({ survivors }: Plan) =>
    survivors &&
    standing && {
      survivors,
      // The last token was sampled, but no stage has seen it yet.
      positions: Math.min(standing.chain.answeredPositions, contextIds.length - 1),
      tokenIds: contextIds,
    };

  const predict = async (): Promise<void> => {
    const mine = standing;
    const predicted = mine && (await router.predict(mine.stages));
    // The chain was replaced meanwhile, or the answer is over.
    if (!predicted || standing !== mine) return;
    const { reason, predictedMs } = predicted;
    if (!isNews(mine.predictedMs, predictedMs)) return;
    mine.predictedMs = predictedMs;
    emit({ type: 'prediction', reason, predictedMs });
  };

  return {
    get stages() {
      return stages;
    },
    get repairs() {
      return repairs;
    },
    async next() {
      const plan = await choosePlan();
      const { reason, predictedMs } = plan;
      emit({ type: 'routing', reason, ...(predictedMs !== undefined && { predictedMs }) });
      const resume = resumeFrom(plan);
      const chain = await openChain({
        transport,
        ticker,
        stages: plan.stages,
        sessionId,
        epoch: repairs + refusals,
        modelRoot: request.modelRoot,
        positionsMax,
        activation: request.activation ?? 'f16',
        prefixKeys: await keysOf(contextIds),
        signal,
        ...(resume && { resume }),
      });
      if (standing) closing.push(standing.chain.release(plan.survivors ?? NOBODY));
      stages = plan.stages;
      const stopSpares = keepSpares({ router, transport, chain, stages, positionsMax });
      const stopLoss = router.onGone(stages, (peerId) =>
        chain.lose(peerId, 'The relay saw a volunteer of the chain leave.'),
      );
      const stopWatching = (): void => {
        stopSpares();
        stopLoss();
      };
      standing = { chain, stages, lost: new Set(), predictedMs: undefined, stopWatching };
      const numericClass = router.numericClassOf(stages);
      emit({ type: 'chain', chain: stages, ...(numericClass !== undefined && { numericClass }) });
      for (const [index, { peerId }] of stages.entries()) {
        const ms = chain.onwardMs.get(peerId);
        const next = stages[index + 1]?.peerId;
        if (ms !== undefined && next !== undefined) roundTrips.told(peerId, next, ms);
      }
      void predict();
      return { chain, isResumed: resume !== undefined };
    },
    predict,
    async failed(error) {
      if (error instanceof PeerError && error.code === 'busy' && !standing) {
        refusals += 1;
        await busyWait.after(error);
        return;
      }
      const isRepairable = error instanceof PeerError && REPAIRABLE.has(error.code);
      if (!isRepairable || repairs >= REPAIRS_MAX) throw error;
      standing?.stopWatching();
      repairs += 1;
      const { peerId, code } = error;
      let peerIds: readonly string[] = peerId === undefined ? [] : [peerId];
      if (standing && peerId !== undefined && code !== 'replay-failed') {
        standing.lost.add(peerId);
        if (survivorsOf(standing).size === 0) await closeStanding();
      } else {
        const closed = await closeStanding();
        // After a missed deadline nobody is named: then those who do not answer at all.
        if (peerId === undefined && code === 'step-timeout') peerIds = closed?.silentPeerIds ?? [];
      }
      for (const gone of peerIds) router.exclude(gone);
      emit({ type: 'repair', attempt: repairs, reason: reportError(error), peerIds });
    },
    async close() {
      await closeStanding();
      return mergeLinks((await Promise.all(closing)).flatMap(({ links }) => links));
    },
  };
}

function isNews(before: number | undefined, now: number): boolean {
  return before === undefined || Math.abs(now - before) > PREDICTION_CHANGE_MIN * before;
}

function survivorsOf({ stages, lost }: Standing): ReadonlySet<string> {
  return new Set(stages.map(({ peerId }) => peerId).filter((peerId) => !lost.has(peerId)));
}

function mergeLinks(links: readonly ChainLink[]): ChainLink[] {
  const merged = new Map<string, ChainLink>();
  for (const link of links) {
    const key = `${link.from} ${link.to}`;
    const bytesSent = link.bytesSent + (merged.get(key)?.bytesSent ?? 0);
    merged.set(key, { ...link, bytesSent });
  }
  return [...merged.values()];
}
