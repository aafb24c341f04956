import {
  type CandidatesFrame,
  decodeFrame,
  encodeFrame,
  type Frame,
} from '@manyhands/protocol/frame';
import type { FrameHeader } from '@manyhands/protocol/frame-header';
import { CREDITS_INITIAL } from '@manyhands/protocol/limits';
import type { PeerMessage, PeerMessageOf } from '@manyhands/protocol/peer-message';
import type { Link } from '@manyhands/swarm/link';
import { PeerError } from '../error.ts';
import { reportError } from '../error-report.ts';
import { CREDITS_PER_MESSAGE } from '../limits.ts';
import { trySend } from '../link-io.ts';
import { createSilenceWatch } from '../silence.ts';
import type { Ticker } from '../ticker.ts';
import type { ChainStage } from './answer.ts';

export interface ChainWireOptions {
  /** One open link a stage, in order. */
  readonly links: readonly Link[];
  readonly stages: readonly ChainStage[];
  readonly sessionId: string;
  readonly epoch: number;
  readonly ticker: Ticker;
}

/** What the stages of one session say, gathered; the first failure ends it for good. */
export interface ChainWire {
  /** What the stages that opened the session said. */
  readonly opened: ReadonlyMap<string, PeerMessageOf<'session-opened'>>;
  /** Stages that have everything that was to be replayed to them. */
  readonly replayed: ReadonlySet<string>;
  readonly accounts: ReadonlyMap<string, PeerMessageOf<'session-closed'>>;
  /** Frames the first stage takes now. */
  readonly credits: number;
  readonly bytesSent: number;
  /** Waits until `isTrue`, looked at after every message; rejects with the failure. */
  until(isTrue: () => boolean): Promise<void>;
  /** Sends token ids to the first stage; the promise is the last stage's answer to this step. */
  sendStep(
    tokenIds: readonly number[],
    position: number,
    headRows: number,
  ): { readonly answer: Promise<CandidatesFrame> };
  /** Sends token ids whose results nobody waits for: they fill a new first stage. */
  sendReplay(tokenIds: readonly number[], position: number): void;
  sendTo(peerId: string, message: PeerMessage): void;
  /** Resolves when each of these has sent its account or closed its link, failed chain or not. */
  accountsOf(links: readonly Link[]): Promise<void>;
  /** To every stage, once each. */
  sendAll(message: PeerMessage): void;
  fail(error: unknown): void;
  dispose(): void;
}

export function createChainWire(options: ChainWireOptions): ChainWire {
  const { links, stages, sessionId, epoch, ticker } = options;
  const replayed = new Set<string>();
  const opened = new Map<string, PeerMessageOf<'session-opened'>>();
  const accounts = new Map<string, PeerMessageOf<'session-closed'>>();
  const waiters = new Map<number, PromiseWithResolvers<CandidatesFrame>>();
  const wakers = new Set<() => void>();
  const uniqueLinks = [...new Set(links)];
  let failure: { readonly error: unknown } | undefined;
  let credits = CREDITS_INITIAL;
  let creditsOwed = 0;
  let nextStep = 0;
  let bytesSent = 0;

  const wake = (): void => {
    for (const waker of wakers) waker();
    wakers.clear();
  };
  const fail = (error: unknown): void => {
    failure ??= { error };
    for (const waiter of waiters.values()) waiter.reject(failure.error);
    waiters.clear();
    wake();
  };
  const lose = (peerId: string, text: string): void =>
    fail(new PeerError('chain-lost', text, { peerId }));

  const watch = createSilenceWatch<string>(ticker, (peerId) =>
    lose(peerId, 'A volunteer fell silent.'),
  );

  const handleMessage = (link: Link, message: PeerMessage): void => {
    watch.heard(link.peerId, message.type === 'beat');
    if (message.type === 'goodbye') {
      lose(link.peerId, 'A volunteer stopped contributing.');
      return;
    }
    if (!('sessionId' in message) || message.sessionId !== sessionId) return;
    // A repair that failed may have raised the epoch of a session that this chain closes.
    if (message.type === 'session-closed') accounts.set(link.peerId, message);
    else if (!('epoch' in message) || message.epoch !== epoch) return;
    else if (message.type === 'session-opened') {
      opened.set(link.peerId, message);
      watch.begin(link.peerId);
    } else if (message.type === 'session-replayed') replayed.add(link.peerId);
    else if (message.type === 'credit' && link === links[0]) {
      credits = Math.min(CREDITS_INITIAL, credits + message.count);
    } else if (message.type === 'session-refused') {
      const isNeighbour = message.code === 'downstream-unreachable';
      const peerId = isNeighbour ? stageAfter(link.peerId, stages) : link.peerId;
      const { retryAfterMs } = message;
      const code = message.code === 'busy' ? 'busy' : 'session-refused';
      const options = { peerId, ...(retryAfterMs !== undefined && { retryAfterMs }) };
      fail(new PeerError(code, `A volunteer refused: ${message.message}`, options));
    } else if (message.type === 'step-failed') {
      const text = `A volunteer could not run a step (${message.code}): ${message.message}`;
      if (message.code === 'not-retained') fail(new PeerError('replay-failed', text));
      else lose(culpritOf(message, link.peerId, stages), text);
    }
    wake();
  };

  const giveCredits = (link: Link | undefined): void => {
    if (!link || creditsOwed < CREDITS_PER_MESSAGE) return;
    trySend(link, { type: 'credit', sessionId, epoch, count: creditsOwed });
    creditsOwed = 0;
  };

  const handleFrame = (link: Link, bytes: Uint8Array<ArrayBuffer>): void => {
    watch.heard(link.peerId, false);
    if (link !== links.at(-1)) return;
    let frame: Frame;
    try {
      frame = decodeFrame(bytes);
    } catch (error) {
      lose(link.peerId, `A volunteer sent a damaged frame: ${reportError(error).message}`);
      return;
    }
    if (frame.sessionId !== sessionId || frame.epoch !== epoch || frame.kind !== 'candidates') {
      return;
    }
    creditsOwed += 1;
    // After a token the next step goes first; the last chunks of a prompt are followed by nothing.
    if (frame.headRows === 0) giveCredits(link);
    waiters.get(frame.step)?.resolve(frame);
    waiters.delete(frame.step);
    wake();
  };

  /** Returns the number of the step. */
  const send = (
    tokenIds: readonly number[],
    header: Pick<FrameHeader, 'position' | 'headRows' | 'isReplay'>,
  ): number => {
    if (failure) throw failure.error;
    const step = nextStep;
    const bytes = encodeFrame({
      ...header,
      sessionId,
      epoch,
      step,
      tokenCount: tokenIds.length,
      kind: 'tokens',
      tokenIds: Uint32Array.from(tokenIds),
    });
    nextStep += 1;
    credits -= 1;
    bytesSent += bytes.byteLength;
    links[0]?.sendFrame(bytes, 'latency');
    giveCredits(links.at(-1));
    return step;
  };

  const removers = uniqueLinks.map((link) =>
    link.listen({
      onMessage: (message) => handleMessage(link, message),
      onFrame: (bytes) => handleFrame(link, bytes),
      onClose: () => lose(link.peerId, 'A volunteer of the chain left.'),
    }),
  );

  return {
    opened,
    replayed,
    accounts,
    get credits() {
      return credits;
    },
    get bytesSent() {
      return bytesSent;
    },
    async until(isTrue) {
      while (!failure && !isTrue()) {
        await new Promise<void>((resolve) => wakers.add(resolve));
      }
      if (failure) throw failure.error;
    },
    sendStep(tokenIds, position, headRows) {
      const step = send(tokenIds, { position, headRows });
      const waiter = withResolvers<CandidatesFrame>();
      waiters.set(step, waiter);
      // A rejection is seen where the step is awaited; a later step may never be.
      waiter.promise.catch(() => undefined);
      return { answer: waiter.promise };
    },
    sendReplay(tokenIds, position) {
      send(tokenIds, { position, headRows: 0, isReplay: true });
    },
    sendTo(peerId, message) {
      const link = uniqueLinks.find((each) => each.peerId === peerId);
      if (link) trySend(link, message);
    },
    async accountsOf(awaited) {
      while (!awaited.every((link) => accounts.has(link.peerId) || !link.isOpen)) {
        await new Promise<void>((resolve) => wakers.add(resolve));
      }
    },
    sendAll(message) {
      for (const link of uniqueLinks) trySend(link, message);
    },
    fail,
    dispose() {
      watch.dispose();
      for (const remove of removers) remove();
    },
  };
}

/** Who lost its neighbour is well; the neighbour is not. */
function culpritOf(
  message: PeerMessageOf<'step-failed'>,
  peerId: string,
  stages: readonly ChainStage[],
): string {
  return message.code === 'downstream-lost' ? stageAfter(peerId, stages) : peerId;
}

function stageAfter(peerId: string, stages: readonly ChainStage[]): string {
  const index = stages.findIndex((stage) => stage.peerId === peerId);
  return stages[index + 1]?.peerId ?? peerId;
}

/** `Promise.withResolvers` is younger than the browsers and Node versions supported here. */
interface PromiseWithResolvers<Value> {
  readonly promise: Promise<Value>;
  readonly resolve: (value: Value) => void;
  readonly reject: (error: unknown) => void;
}

function withResolvers<Value>(): PromiseWithResolvers<Value> {
  let resolve: (value: Value) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<Value>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  return { promise, resolve, reject };
}
