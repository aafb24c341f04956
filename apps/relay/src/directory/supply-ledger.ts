import { createSpeedGuess } from '@manyhands/planner/speed-guess';
import {
  BLOCK_MS_MIN,
  createModelSupply,
  type Holder,
  type ModelSupply,
} from '@manyhands/planner/supply';
import type { Coverage, DirectoryEntry, Holding } from '@manyhands/protocol/directory';
import type { ModelRoot, PeerId } from '@manyhands/protocol/id';
import type { Proposal } from '@manyhands/protocol/relay-message';
import { PROPOSAL_PENDING_MS } from '../limits.ts';
import type { DirectoryChange } from './directory.ts';

/**
 * Who holds how much of each model, counted as entries change, so that a placement never walks over
 * volunteers. What newcomers were asked to hold and have not announced yet counts as held for a while.
 */
export interface SupplyLedger {
  take(change: DirectoryChange): void;
  propose(peerId: PeerId, proposal: Proposal, expected: Expected, nowMs: number): void;
  /** The tab announced what it holds, or left. */
  settle(peerId: PeerId): void;
  /** Of what is announced; volunteers that leave do not count. */
  coverageOf(modelRoot: ModelRoot, blockCount: number): Coverage;
  /** Announced and proposed, without what one tab holds or was asked to. */
  supplyOf(modelRoot: ModelRoot, blockCount: number, except: PeerId, nowMs: number): ModelSupply;
  /** Bytes of blocks a millisecond that a tab may read which never measured it. */
  speedFor(memoryBytes: number): number | undefined;
  /** Sessions of a model: one on every stage of a chain is one. */
  sessionsOf(modelRoot: ModelRoot): number;
}

/** How a newcomer will serve what was proposed. */
export interface Expected {
  readonly msPerBlock: number;
  /** Where it is not known it counts in every class, until it has loaded. */
  readonly numericClass?: string | undefined;
}

/** Of a model's blocks: how many, and the bytes of one. */
export interface BlockSizes {
  readonly blockCount: number;
  readonly blockBytes: number;
}

interface ModelCounts {
  readonly announced: ModelSupply;
  /** With what was proposed. */
  readonly planned: ModelSupply;
  volunteers: number;
  sessions: number;
}

interface Pending {
  readonly modelRoot: ModelRoot;
  readonly holder: Holder;
  readonly untilMs: number;
}

export function createSupplyLedger(sizesOf: (modelRoot: ModelRoot) => BlockSizes): SupplyLedger {
  const models = new Map<ModelRoot, ModelCounts>();
  /** In the order in which they end: all are pending for as long. */
  const pending = new Map<PeerId, Pending>();
  const announced = new Map<PeerId, DirectoryEntry>();
  const speeds = createSpeedGuess();

  const countsOf = (modelRoot: ModelRoot): ModelCounts => {
    const known = models.get(modelRoot);
    if (known !== undefined) return known;
    const { blockCount } = sizesOf(modelRoot);
    const fresh = {
      announced: createModelSupply(blockCount),
      planned: createModelSupply(blockCount),
      volunteers: 0,
      sessions: 0,
    };
    models.set(modelRoot, fresh);
    return fresh;
  };
  const count = (entry: DirectoryEntry, sign: 1 | -1): void => {
    for (const modelRoot of new Set(entry.holdings.map((holding) => holding.modelRoot))) {
      countsOf(modelRoot).volunteers += sign;
    }
    for (const holding of entry.holdings) {
      const counts = countsOf(holding.modelRoot);
      const holder = holderOf(holding, entry.numericClass, counts.announced.blockCount);
      if (holder === undefined) continue;
      for (const supply of [counts.announced, counts.planned]) {
        if (sign === 1) supply.add(holder);
        else supply.remove(holder);
      }
      const { blockBytes } = sizesOf(holding.modelRoot);
      speeds.count(entry.memoryBytes, blockBytes / Math.max(holder.msPerBlock, BLOCK_MS_MIN), sign);
      const share = (holder.endBlock - holder.firstBlock) / counts.announced.blockCount;
      counts.sessions += sign * share * entry.sessions;
    }
  };
  const settle = (peerId: PeerId): void => {
    const ended = pending.get(peerId);
    if (ended === undefined) return;
    pending.delete(peerId);
    countsOf(ended.modelRoot).planned.remove(ended.holder);
  };
  const expire = (nowMs: number): void => {
    for (const [peerId, { untilMs }] of pending) {
      if (untilMs > nowMs) return;
      settle(peerId);
    }
  };

  return {
    take({ peerId, after, isHeartbeat }) {
      if (isHeartbeat) return;
      const before = announced.get(peerId);
      if (before !== undefined) count(before, -1);
      announced.delete(peerId);
      if (after === undefined || after.entry.state === 'drains') return;
      announced.set(peerId, after.entry);
      count(after.entry, 1);
    },
    propose(peerId, proposal, { msPerBlock, numericClass }, nowMs) {
      settle(peerId);
      if (proposal.kind !== 'blocks') return;
      const { modelRoot, firstBlock, endBlock, embeds, heads } = proposal;
      const range = { firstBlock, endBlock, embeds, heads };
      const holder = { ...range, msPerBlock, numericClass };
      pending.set(peerId, { modelRoot, holder, untilMs: nowMs + PROPOSAL_PENDING_MS });
      countsOf(modelRoot).planned.add(holder);
    },
    settle,
    coverageOf(modelRoot, blockCount) {
      const counts = models.get(modelRoot);
      if (counts !== undefined) return counts.announced.coverage(counts.volunteers);
      return createModelSupply(blockCount).coverage(0);
    },
    supplyOf(modelRoot, blockCount, except, nowMs) {
      expire(nowMs);
      const counts = models.get(modelRoot);
      if (counts === undefined) return createModelSupply(blockCount);
      const own: Holder[] = [];
      const asked = pending.get(except);
      if (asked?.modelRoot === modelRoot) own.push(asked.holder);
      const entry = announced.get(except);
      for (const holding of entry?.holdings ?? []) {
        if (entry === undefined || holding.modelRoot !== modelRoot) continue;
        const holder = holderOf(holding, entry.numericClass, blockCount);
        if (holder !== undefined) own.push(holder);
      }
      return own.length === 0 ? counts.planned : counts.planned.without(own);
    },
    speedFor: speeds.of,
    sessionsOf: (modelRoot) => models.get(modelRoot)?.sessions ?? 0,
  };
}

/** A whole-model job has no blocks. */
function holderOf(holding: Holding, numericClass: string, blockCount: number): Holder | undefined {
  if (holding.kind !== 'blocks' || holding.endBlock > blockCount) return undefined;
  const { firstBlock, endBlock, embeds, heads, msPerBlock } = holding;
  return { firstBlock, endBlock, embeds, heads, msPerBlock, numericClass };
}
