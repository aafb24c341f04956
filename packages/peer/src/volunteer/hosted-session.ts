import type { Candidates, OpenedSession, StepRequest, StepResult } from '@manyhands/engine/stage';
import { encodeFrame, type Frame } from '@manyhands/protocol/frame';
import type { FrameHeader } from '@manyhands/protocol/frame-header';
import { identityOf, type PeerId } from '@manyhands/protocol/id';
import { CREDITS_INITIAL } from '@manyhands/protocol/limits';
import type { PeerMessageOf } from '@manyhands/protocol/peer-message';
import type { Link } from '@manyhands/swarm/link';
import { reportError } from '../error-report.ts';
import { CREDITS_PER_MESSAGE } from '../limits.ts';
import type { StageHostOptions } from './stage-host.ts';

interface SessionAccount {
  readonly steps: number;
  readonly computeMs: number;
  readonly bytesSentDownstream: number;
}

/** One session of a stranger on this stage: a bounded queue of frames between two links. */
export interface HostedSession {
  readonly sessionId: string;
  readonly epoch: number;
  readonly owner: PeerId;
  readonly upstream: PeerId;
  readonly downstream: PeerId;
  /** Reserves the KV cache, or finds a part of it filled. Rejects with `EngineError`. */
  open(): Promise<OpenedSession>;
  /**
   * Queues a frame from the upstream peer. Other epochs are dropped; one that does not fit is answered
   * with `step-failed`.
   */
  takeFrame(link: Link, frame: Frame): void;
  addCredits(count: number): void;
  /** The next stage is gone: tells the owner, who decides. */
  loseDownstream(): void;
  lastUsedMs(): number;
  /**
   * Frees the KV cache but for the named pages, forgets queued frames and sends the owner the account.
   * Never rejects.
   */
  close(prefixKeys?: readonly string[]): Promise<void>;
}

interface Parts {
  readonly options: StageHostOptions;
  readonly message: PeerMessageOf<'open-session'>;
  readonly owner: Link;
  readonly downstream: Link;
}

export function createHostedSession({ options, message, owner, downstream }: Parts): HostedSession {
  const { stage, engine, onWork } = options;
  const { sessionId, epoch } = message;
  // A repaired session may open before the old one has closed in the worker.
  const engineId = `${sessionId}:${epoch}`;
  // Whoever names pages can only reach pages of the same identity: nobody else's can be read or spoilt.
  const ownKeys = (keys: readonly string[]): string[] =>
    keys.map((key) => `${identityOf(owner.peerId)} ${key}`);
  const queue: { frame: Frame; link: Link }[] = [];
  let credits = CREDITS_INITIAL;
  let creditsOwed = 0;
  let isRunning = false;
  let isOpened = false;
  let isClosed = false;
  let usedMs = performance.now();
  let wakeForCredit: (() => void) | undefined;
  let account: SessionAccount = { steps: 0, computeMs: 0, bytesSentDownstream: 0 };

  const fail = (position: number, code: PeerMessageOf<'step-failed'>['code'], text: string) => {
    queue.length = 0;
    if (!owner.isOpen || isClosed) return;
    const detail = text.slice(0, 500);
    owner.sendMessage({ type: 'step-failed', sessionId, epoch, position, code, message: detail });
  };

  const giveCredit = (link: Link): void => {
    creditsOwed += 1;
    if (creditsOwed < CREDITS_PER_MESSAGE || !link.isOpen) return;
    link.sendMessage({ type: 'credit', sessionId, epoch, count: creditsOwed });
    creditsOwed = 0;
  };

  const runOne = async (frame: Frame, link: Link): Promise<void> => {
    while (credits === 0 && !isClosed) {
      // Woken by a credit, by close, or by the owner's step deadline through close.
      await new Promise<void>((resolve) => {
        wakeForCredit = resolve;
      });
    }
    if (isClosed) return;
    const startedMs = performance.now();
    const result = await engine.step(stepOf(frame, engineId, message.heads));
    if (isClosed) return;
    const computeMs = performance.now() - startedMs;
    const bytes = encodeResult(frame, result, message, stage.hiddenSize);
    credits -= 1;
    // Somebody reads along where every row is looked at: one token, or one with drafts.
    const isDecode = message.heads || frame.headRows === frame.tokenCount;
    downstream.sendFrame(bytes, isDecode ? 'latency' : 'bulk');
    account = {
      steps: account.steps + 1,
      computeMs: account.computeMs + computeMs,
      bytesSentDownstream: account.bytesSentDownstream + bytes.byteLength,
    };
    onWork({ tokenCount: frame.tokenCount, computeMs, bytesSent: bytes.byteLength });
    giveCredit(link);
  };

  const run = async (): Promise<void> => {
    if (isRunning) return;
    isRunning = true;
    try {
      for (let next = queue.shift(); next && !isClosed; next = queue.shift()) {
        usedMs = performance.now();
        try {
          await runOne(next.frame, next.link);
        } catch (error) {
          const { code, message: text } = reportError(error);
          fail(next.frame.position, failureOf(code), text);
        }
        usedMs = performance.now();
      }
    } finally {
      isRunning = false;
    }
  };

  return {
    sessionId,
    epoch,
    owner: owner.peerId,
    upstream: message.upstream,
    downstream: message.downstream,
    async open() {
      const { firstBlock, endBlock, embeds, heads, positionsMax } = message;
      const range = { firstBlock, endBlock, embeds, heads, positionsMax };
      const opened = await engine.openSession(engineId, range, ownKeys(message.prefixKeys));
      isOpened = true;
      return opened;
    },
    takeFrame(link, frame) {
      // A volunteer that woke from a freeze sends old epochs: dropped without an answer.
      if (frame.epoch !== epoch || frame.kind === 'candidates' || frame.kind === 'vectors') return;
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
      wakeForCredit?.();
    },
    loseDownstream() {
      fail(0, 'downstream-lost', 'The next tab of the chain is gone.');
    },
    lastUsedMs: () => usedMs,
    async close(prefixKeys = []) {
      if (isClosed) return;
      isClosed = true;
      queue.length = 0;
      wakeForCredit?.();
      try {
        await engine.closeSession(engineId, ownKeys(prefixKeys));
      } catch {
        // The device is gone or the session never opened: its memory is free either way.
      }
      if (!isOpened || !owner.isOpen) return;
      try {
        owner.sendMessage({ type: 'session-closed', sessionId, epoch, ...account });
      } catch {
        // The owner left in this moment and needs no account.
      }
    },
  };
}

function stepOf(frame: Frame, engineId: string, heads: boolean): StepRequest {
  const { position, tokenCount } = frame;
  // Frames carry the last stage's order through every stage; only a heading one executes it.
  const headRows = heads ? frame.headRows : 0;
  const base = { sessionId: engineId, position, tokenCount, headRows };
  if (frame.kind === 'tokens') return { ...base, tokenIds: frame.tokenIds };
  if (frame.kind === 'hidden') return { ...base, hidden: frame.hidden };
  throw new Error('Candidates are no input.');
}

function checkShape(
  frame: Frame,
  message: PeerMessageOf<'open-session'>,
  stage: StageHostOptions['stage'],
): string | undefined {
  if ((frame.kind === 'tokens') !== message.embeds) {
    return message.embeds ? 'This stage takes token ids.' : 'This stage takes hidden states.';
  }
  if (frame.kind === 'hidden' && frame.hiddenSize !== stage.hiddenSize) {
    return `The hidden size is ${stage.hiddenSize}, not ${frame.hiddenSize}.`;
  }
  if (frame.headRows > frame.tokenCount) return 'More head rows than tokens.';
  if (frame.position + frame.tokenCount > message.positionsMax) {
    return `The session has ${message.positionsMax} positions.`;
  }
  if (frame.kind === 'tokens' && frame.tokenIds.some((id) => id >= stage.vocabSize)) {
    return `Token ids end at ${stage.vocabSize - 1}.`;
  }
  return undefined;
}

function encodeResult(
  frame: Frame,
  result: StepResult,
  message: PeerMessageOf<'open-session'>,
  hiddenSize: number,
): Uint8Array<ArrayBuffer> {
  const { sessionId, epoch, step, position, tokenCount, headRows } = frame;
  const header = { sessionId, epoch, step, position, tokenCount, headRows };
  if (message.heads) return encodeCandidates(header, result.candidates);
  const { hidden } = result;
  if (!hidden) throw new Error('The stage returned no hidden states.');
  return encodeFrame({ ...header, kind: 'hidden', dtype: message.activation, hiddenSize, hidden });
}

function encodeCandidates(
  header: FrameHeader,
  candidates: Candidates | undefined,
): Uint8Array<ArrayBuffer> {
  if (!candidates) throw new Error('The head returned no candidates.');
  const { candidateCount, tokenIds: candidateIds, logits, logSumExp } = candidates;
  return encodeFrame({
    ...header,
    kind: 'candidates',
    candidateCount,
    candidateIds,
    logits,
    logSumExp,
  });
}

function failureOf(code: string): PeerMessageOf<'step-failed'>['code'] {
  switch (code) {
    case 'unknown-session':
    case 'non-finite':
    case 'over-budget':
    case 'out-of-memory':
    case 'device-lost':
      return code;
    case 'bad-step':
      return 'out-of-order';
    case 'link-closed':
      return 'downstream-lost';
    default:
      return 'engine';
  }
}
