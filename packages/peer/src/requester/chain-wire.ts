import {
  type CandidatesFrame,
  decodeFrame,
  encodeFrame,
  type Frame,
} from '@manyhands/protocol/frame';
import { CREDITS_INITIAL } from '@manyhands/protocol/limits';
import type { PeerMessage, PeerMessageOf } from '@manyhands/protocol/peer-message';
import type { Link } from '@manyhands/swarm/link';
import { PeerError } from '../error.ts';
import { reportError } from '../error-report.ts';
import { CREDITS_PER_MESSAGE } from '../limits.ts';
import type { ChainStage } from './answer.ts';

export interface ChainWireOptions {
  /** One open link a stage, in order. */
  readonly links: readonly Link[];
  readonly stages: readonly ChainStage[];
  readonly sessionId: string;
  readonly epoch: number;
}

/** What the stages of one session say, gathered; the first failure ends it for good. */
export interface ChainWire {
  /** What the stages that opened the session said. */
  readonly opened: ReadonlyMap<string, PeerMessageOf<'session-opened'>>;
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
  /** Resolves when each of these has sent its account or closed its link, failed chain or not. */
  accountsOf(links: readonly Link[]): Promise<void>;
  /** To every stage, once each. */
  sendAll(message: PeerMessage): void;
  fail(error: unknown): void;
  dispose(): void;
}

export function createChainWire({ links, stages, sessionId, epoch }: ChainWireOptions): ChainWire {
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

  const handleMessage = (link: Link, message: PeerMessage): void => {
    if (message.type === 'goodbye') {
      lose(link.peerId, 'A volunteer stopped contributing.');
      return;
    }
    if (!('sessionId' in message) || message.sessionId !== sessionId || message.epoch !== epoch) {
      return;
    }
    if (message.type === 'session-opened') opened.set(link.peerId, message);
    else if (message.type === 'session-closed') accounts.set(link.peerId, message);
    else if (message.type === 'credit' && link === links[0]) {
      credits = Math.min(CREDITS_INITIAL, credits + message.count);
    } else if (message.type === 'session-refused') {
      const { peerId } = link;
      fail(new PeerError('session-refused', `A volunteer refused: ${message.message}`, { peerId }));
    } else if (message.type === 'step-failed') {
      const text = `A volunteer could not run a step (${message.code}): ${message.message}`;
      lose(culpritOf(message, link.peerId, stages), text);
    }
    wake();
  };

  const handleFrame = (link: Link, bytes: Uint8Array<ArrayBuffer>): void => {
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
    if (creditsOwed >= CREDITS_PER_MESSAGE && link.isOpen) {
      link.sendMessage({ type: 'credit', sessionId, epoch, count: creditsOwed });
      creditsOwed = 0;
    }
    waiters.get(frame.step)?.resolve(frame);
    waiters.delete(frame.step);
    wake();
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
      if (failure) throw failure.error;
      const header = { sessionId, epoch, step: nextStep, position, headRows };
      const bytes = encodeFrame({
        ...header,
        tokenCount: tokenIds.length,
        kind: 'tokens',
        tokenIds: Uint32Array.from(tokenIds),
      });
      const waiter = withResolvers<CandidatesFrame>();
      waiters.set(nextStep, waiter);
      // A rejection is seen where the step is awaited; a later step may never be.
      waiter.promise.catch(() => undefined);
      nextStep += 1;
      credits -= 1;
      bytesSent += bytes.byteLength;
      links[0]?.sendFrame(bytes, 'latency');
      return { answer: waiter.promise };
    },
    async accountsOf(awaited) {
      while (!awaited.every((link) => accounts.has(link.peerId) || !link.isOpen)) {
        await new Promise<void>((resolve) => wakers.add(resolve));
      }
    },
    sendAll(message) {
      for (const link of uniqueLinks) if (link.isOpen) link.sendMessage(message);
    },
    fail,
    dispose() {
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
  if (message.code !== 'downstream-lost') return peerId;
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
