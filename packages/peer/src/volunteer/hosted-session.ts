import type { OpenedSession } from '@manyhands/engine/stage';
import { encodeFrame, type Frame } from '@manyhands/protocol/frame';
import { identityOf, type PeerId } from '@manyhands/protocol/id';
import { CREDITS_INITIAL } from '@manyhands/protocol/limits';
import type { PeerMessageOf } from '@manyhands/protocol/peer-message';
import type { Link } from '@manyhands/swarm/link';
import { reportError } from '../error-report.ts';
import { CREDITS_PER_MESSAGE } from '../limits.ts';
import { trySend } from '../link-io.ts';
import { createRetainedRows, type RetainedBudget } from './retained-rows.ts';
import type { StageHostOptions } from './stage-host.ts';
import { checkShape, encodeResult, failureOf, stepOf } from './step-frames.ts';

interface SessionAccount {
  readonly steps: number;
  readonly computeMs: number;
  readonly bytesSentDownstream: number;
}

/** Who a session works with; the requester replaces it as a whole when it repairs the chain. */
export interface Wiring {
  readonly epoch: number;
  readonly upstream: PeerId;
  readonly downstream: Link;
}

/** One session of a stranger on this stage: a bounded queue of frames between two links. */
export interface HostedSession {
  readonly sessionId: string;
  readonly epoch: number;
  readonly owner: Link;
  readonly upstream: PeerId;
  readonly downstream: Link;
  /** Positions that were computed, one after another from the first. */
  readonly heldPositions: number;
  readonly positionsMax: number;
  /** Milliseconds from one token to the next, along the whole chain; undefined before two came. */
  readonly gapMs: number | undefined;
  /** Milliseconds of a token on this stage, its turn waited for. */
  readonly stepMs: number | undefined;
  /** Reserves the KV cache, or finds a part of it filled. Rejects with `EngineError`. */
  open(): Promise<OpenedSession>;
  /** Other neighbours from now on; what waits or is under way for the old ones is dropped. */
  rewire(wiring: Wiring): void;
  /** Sends what was sent for these positions again, to a new stage after this one. */
  replay(from: number, to: number): Promise<void>;
  /**
   * Queues a frame from the upstream peer. Other epochs are dropped; one that does not fit is answered
   * with `step-failed`.
   */
  takeFrame(link: Link, frame: Frame): void;
  addCredits(count: number): void;
  /** The next stage is gone: tells the owner, who decides. */
  loseDownstream(text: string): void;
  lastUsedMs(): number;
  /**
   * Frees the KV cache but for the named pages, forgets queued frames and sends the owner the account.
   * Never rejects.
   */
  close(prefixKeys?: readonly string[]): Promise<void>;
}

interface Parts {
  readonly options: Pick<StageHostOptions, 'stage' | 'engine' | 'onWork'>;
  readonly message: PeerMessageOf<'open-session'>;
  readonly owner: Link;
  readonly downstream: Link;
  readonly retainedBudget: RetainedBudget;
}

export function createHostedSession(parts: Parts): HostedSession {
  const { options, message, owner, retainedBudget } = parts;
  const { stage, engine, onWork } = options;
  const { sessionId, replayTo, forwardsReplay } = message;
  // A repaired session may open before the old one has closed in the worker.
  const engineId = `${sessionId}:${message.epoch}`;
  // Whoever names pages can only reach pages of the same identity: nobody else's can be read or spoilt.
  const identity = identityOf(owner.peerId);
  const ownKeys = (keys: readonly string[]): string[] => keys.map((key) => `${identity} ${key}`);
  const queue: { frame: Frame; link: Link }[] = [];
  const retained = createRetainedRows(retainedBudget);
  const wakers = new Set<() => void>();
  let wiring: Wiring = {
    epoch: message.epoch,
    upstream: message.upstream,
    downstream: parts.downstream,
  };
  let heldPositions = 0;
  let decodedMs: number | undefined;
  let gapMs: number | undefined;
  let stepMs: number | undefined;
  let credits = CREDITS_INITIAL;
  let creditsOwed = 0;
  let isRunning = false;
  let isOpened = false;
  let isClosed = false;
  let usedMs = performance.now();
  let account: SessionAccount = { steps: 0, computeMs: 0, bytesSentDownstream: 0 };

  /** Means over about the last eight tokens. */
  const countToken = (nowMs: number, computeMs: number): void => {
    const fade = (mean: number | undefined, ms: number) => (mean ?? ms) * 0.875 + ms * 0.125;
    if (decodedMs !== undefined) gapMs = fade(gapMs, nowMs - decodedMs);
    stepMs = fade(stepMs, computeMs);
    decodedMs = nowMs;
  };

  const isCurrent = (mine: Wiring): boolean => !isClosed && wiring === mine;

  const wake = (): void => {
    for (const waker of wakers) waker();
    wakers.clear();
  };

  const fail = (position: number, code: PeerMessageOf<'step-failed'>['code'], text: string) => {
    queue.length = 0;
    if (isClosed) return;
    const { epoch } = wiring;
    const detail = text.slice(0, 500);
    trySend(owner, { type: 'step-failed', sessionId, epoch, position, code, message: detail });
  };

  const giveCredits = (link: Link): void => {
    if (creditsOwed < CREDITS_PER_MESSAGE) return;
    trySend(link, { type: 'credit', sessionId, epoch: wiring.epoch, count: creditsOwed });
    creditsOwed = 0;
  };

  /** Woken by a credit, by new neighbours, or by the owner's step deadline through close. */
  const creditFor = async (mine: Wiring): Promise<void> => {
    while (credits === 0 && isCurrent(mine)) {
      await new Promise<void>((resolve) => wakers.add(resolve));
    }
  };

  const send = (bytes: Uint8Array<ArrayBuffer>, isBulk: boolean): void => {
    credits -= 1;
    account = { ...account, bytesSentDownstream: account.bytesSentDownstream + bytes.byteLength };
    wiring.downstream.sendFrame(bytes, isBulk ? 'bulk' : 'latency');
  };

  const runOne = async (frame: Frame, link: Link): Promise<void> => {
    const mine = wiring;
    const { position, tokenCount, isReplay = false } = frame;
    const isSent = !isReplay || forwardsReplay;
    if (isSent) await creditFor(mine);
    if (!isCurrent(mine)) return;
    const startedMs = performance.now();
    const stepping = engine.step(stepOf(frame, engineId, message.heads, identity));
    // Those of tokens before: while the device computes, where they stand in no result's way.
    giveCredits(link);
    const result = await stepping;
    // What belongs to neighbours that are gone is computed again when the requester asks for it.
    if (!isCurrent(mine)) return;
    const computeMs = performance.now() - startedMs;
    heldPositions = position + tokenCount;
    if (frame.headRows === tokenCount) countToken(startedMs + computeMs, computeMs);
    const bytes = encodeResult(frame, result, message, stage.hiddenSize);
    if (!message.heads) retained.add(position, tokenCount, bytes);
    // Somebody reads along where every row is looked at: one token, or one with drafts.
    const isDecode = message.heads || frame.headRows === tokenCount;
    if (isSent) send(bytes, isReplay || !isDecode);
    account = {
      ...account,
      steps: account.steps + 1,
      computeMs: account.computeMs + computeMs,
    };
    const answeredCount = message.heads && isSent ? frame.headRows : 0;
    onWork({
      kind: isReplay ? 'replay' : isDecode ? 'decode' : 'prefill',
      firstBlock: message.firstBlock,
      endBlock: message.endBlock,
      embeds: message.embeds,
      heads: message.heads,
      isFromRequester: mine.upstream === owner.peerId,
      isFirst: account.steps === 1,
      tokenCount,
      answeredCount,
      computeMs,
      bytesSent: isSent ? bytes.byteLength : 0,
    });
    creditsOwed += 1;
    // Chunks follow each other faster than their credits come back over a slow link.
    if (frame.headRows !== tokenCount) giveCredits(link);
    if (isReplay && heldPositions >= replayTo) {
      trySend(owner, { type: 'session-replayed', sessionId, epoch: mine.epoch });
    }
  };

  const run = async (): Promise<void> => {
    if (isRunning) return;
    isRunning = true;
    try {
      for (let next = queue.shift(); next && !isClosed; next = queue.shift()) {
        usedMs = performance.now();
        const mine = wiring;
        try {
          await runOne(next.frame, next.link);
        } catch (error) {
          const { code, message: text } = reportError(error);
          if (isCurrent(mine)) fail(next.frame.position, failureOf(code), text);
        }
        usedMs = performance.now();
      }
    } finally {
      isRunning = false;
    }
  };

  const sendRetained = async (from: number, to: number): Promise<void> => {
    const mine = wiring;
    const chunks = retained.read(from, to);
    if (!chunks) {
      fail(from, 'not-retained', 'This tab no longer has what it sent for this answer.');
      return;
    }
    const { epoch } = mine;
    const header = { sessionId, epoch, headRows: 0, isReplay: true };
    for (const [step, chunk] of chunks.entries()) {
      await creditFor(mine);
      if (!isCurrent(mine)) return;
      usedMs = performance.now();
      const rows = { hiddenSize: stage.hiddenSize, dtype: message.activation, ...chunk };
      send(encodeFrame({ ...header, ...rows, kind: 'hidden', step }), true);
    }
  };

  return {
    sessionId,
    owner,
    get epoch() {
      return wiring.epoch;
    },
    get upstream() {
      return wiring.upstream;
    },
    get downstream() {
      return wiring.downstream;
    },
    positionsMax: message.positionsMax,
    get heldPositions() {
      return heldPositions;
    },
    get gapMs() {
      return gapMs;
    },
    get stepMs() {
      return stepMs;
    },
    async open() {
      const { firstBlock, endBlock, embeds, heads, positionsMax } = message;
      const range = { firstBlock, endBlock, embeds, heads, positionsMax };
      const opened = await engine.openSession(engineId, range, ownKeys(message.prefixKeys));
      isOpened = true;
      heldPositions = opened.reusedPositions;
      return opened;
    },
    rewire(next) {
      wiring = next;
      queue.length = 0;
      credits = CREDITS_INITIAL;
      creditsOwed = 0;
      usedMs = performance.now();
      wake();
    },
    replay(from, to) {
      return sendRetained(from, to).catch((error: unknown) => {
        const { code, message: text } = reportError(error);
        fail(from, failureOf(code), text);
      });
    },
    takeFrame(link, frame) {
      // A volunteer that woke from a freeze sends old epochs: dropped without an answer.
      if (frame.epoch !== wiring.epoch) return;
      if (frame.kind === 'candidates' || frame.kind === 'vectors') return;
      const shapeProblem = checkShape(frame, message, stage);
      if (shapeProblem) fail(frame.position, 'bad-shape', shapeProblem);
      else if (queue.length >= CREDITS_INITIAL) {
        fail(frame.position, 'over-budget', 'Frames came faster than credits were given.');
      } else {
        queue.push({ frame, link });
        void run();
      }
    },
    addCredits(count) {
      credits = Math.min(CREDITS_INITIAL, credits + count);
      wake();
    },
    loseDownstream(text) {
      fail(0, 'downstream-lost', text);
    },
    lastUsedMs: () => usedMs,
    async close(prefixKeys = []) {
      if (isClosed) return;
      isClosed = true;
      queue.length = 0;
      retained.clear();
      wake();
      try {
        await engine.closeSession(engineId, ownKeys(prefixKeys));
      } catch {
        // The device is gone or the session never opened: its memory is free either way.
      }
      if (isOpened) {
        trySend(owner, { type: 'session-closed', sessionId, epoch: wiring.epoch, ...account });
      }
    },
  };
}
