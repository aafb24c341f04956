import type {
  OpenedSession,
  SessionRange,
  StageRange,
  StepRequest,
  StepResult,
} from '@manyhands/engine/stage';
import type { Frame } from '@manyhands/protocol/frame';
import { identityOf } from '@manyhands/protocol/id';
import { SESSION_IDLE_TIMEOUT_MS, SESSIONS_MAX } from '@manyhands/protocol/limits';
import type { PeerMessage, PeerMessageOf } from '@manyhands/protocol/peer-message';
import type { Link, Transport } from '@manyhands/swarm/link';
import { reportError } from '../error-report.ts';
import { pathOf, tryDecode, trySend } from '../link-io.ts';
import { createHostedSession, type HostedSession } from './hosted-session.ts';

/** The part of the engine that a host drives; the worker's proxy has this shape. */
export interface StageEngine {
  openSession(
    sessionId: string,
    range: SessionRange,
    prefixKeys?: readonly string[],
  ): Promise<OpenedSession>;
  closeSession(sessionId: string, prefixKeys?: readonly string[]): Promise<void>;
  step(request: StepRequest): Promise<StepResult>;
}

/** What the loaded stage is, as far as strangers' requests are checked against it. */
export interface HostedStage extends StageRange {
  readonly modelRoot: string;
  readonly blockCount: number;
  readonly hiddenSize: number;
  readonly vocabSize: number;
  readonly contextLength: number;
}

/** One step that was run, for the volunteer's own display. */
export interface WorkReport {
  readonly tokenCount: number;
  readonly computeMs: number;
  readonly bytesSent: number;
}

export interface StageHostOptions {
  readonly stage: HostedStage;
  readonly engine: StageEngine;
  readonly transport: Transport;
  readonly onWork: (report: WorkReport) => void;
  readonly onSessionCount: (sessionCount: number) => void;
  /** A session's KV cache was reserved or freed. */
  readonly onMemoryChange: () => void;
}

/** Serves sessions of strangers on one stage: the only place where frames meet the engine. */
export interface StageHost {
  readonly sessionCount: number;
  /** Ends every session, tells the peers, stops listening. */
  dispose(reason: PeerMessageOf<'goodbye'>['reason']): Promise<void>;
}

/**
 * Every message and frame comes from a stranger over an authenticated link: sessions belong to the
 * identity that opened them, frames count only from the session's upstream peer and current epoch,
 * and whatever does not fit is refused with a code or dropped, as `protocol.md` states for each.
 */
export function createStageHost(options: StageHostOptions): StageHost {
  const { stage, transport } = options;
  const sessions = new Map<string, HostedSession>();
  /** Sessions whose link downstream is still being dialled count against the limit too. */
  const opening = new Map<string, { readonly epoch: number; readonly owner: string }>();
  const removers = new Map<Link, () => void>();
  let isDisposed = false;

  const end = async (session: HostedSession, prefixKeys: readonly string[] = []): Promise<void> => {
    if (sessions.get(session.sessionId) === session) sessions.delete(session.sessionId);
    options.onSessionCount(sessions.size);
    await session.close(prefixKeys);
    options.onMemoryChange();
  };

  const refuse = (
    link: Link,
    message: PeerMessageOf<'open-session'>,
    code: PeerMessageOf<'session-refused'>['code'],
    text: string,
  ): void => {
    const { sessionId, epoch } = message;
    trySend(link, { type: 'session-refused', sessionId, epoch, code, message: text.slice(0, 500) });
  };

  const open = async (link: Link, message: PeerMessageOf<'open-session'>): Promise<void> => {
    const known = sessions.get(message.sessionId);
    const problem = checkOpen(stage, message, link, known, sessions.size + opening.size);
    if (problem) {
      refuse(link, message, problem.code, problem.text);
      return;
    }
    if ((opening.get(message.sessionId)?.epoch ?? -1) >= message.epoch) {
      refuse(link, message, 'old-epoch', 'This session is being opened already.');
      return;
    }
    const mine = { epoch: message.epoch, owner: link.peerId };
    opening.set(message.sessionId, mine);
    const isWanted = (): boolean => opening.get(message.sessionId) === mine;
    const forget = (): void => {
      if (isWanted()) opening.delete(message.sessionId);
    };
    if (known) await end(known);
    let downstream: Link;
    try {
      downstream = await transport.connect(message.downstream);
    } catch (error) {
      forget();
      refuse(link, message, 'downstream-unreachable', reportError(error).message);
      return;
    }
    if (!isWanted()) {
      refuse(link, message, 'old-epoch', 'It was closed, or a newer epoch came.');
      return;
    }
    const session = createHostedSession({ options, message, owner: link, downstream });
    let reusedPositions: number;
    try {
      ({ reusedPositions } = await session.open());
      if (isDisposed || !link.isOpen) throw new Error('The volunteer stopped serving.');
      if (!isWanted()) throw new Error('It was closed, or a newer epoch came.');
    } catch (error) {
      await session.close();
      const report = reportError(error);
      const code = isDisposed ? 'draining' : isWanted() ? 'over-budget' : 'old-epoch';
      refuse(link, message, code, report.message);
      return;
    } finally {
      forget();
    }
    sessions.set(message.sessionId, session);
    options.onSessionCount(sessions.size);
    options.onMemoryChange();
    trySend(link, {
      type: 'session-opened',
      sessionId: message.sessionId,
      epoch: message.epoch,
      path: await pathOf(downstream),
      reusedPositions,
    });
  };

  const closeRequested = async (
    link: Link,
    message: PeerMessageOf<'close-session'>,
  ): Promise<void> => {
    const begun = opening.get(message.sessionId);
    // A link downstream may take long to fail; what nobody wants any more must not hold its place.
    if (
      begun &&
      begun.epoch <= message.epoch &&
      identityOf(begun.owner) === identityOf(link.peerId)
    ) {
      opening.delete(message.sessionId);
    }
    const session = sessions.get(message.sessionId);
    if (!session || session.epoch > message.epoch) return;
    if (identityOf(session.owner) !== identityOf(link.peerId)) return;
    await end(session, message.prefixKeys);
  };

  const handleMessage = (link: Link, message: PeerMessage): void => {
    switch (message.type) {
      case 'open-session':
        void open(link, message);
        break;
      case 'close-session':
        void closeRequested(link, message);
        break;
      case 'credit': {
        const session = sessions.get(message.sessionId);
        if (session?.downstream === link.peerId && session.epoch === message.epoch) {
          session.addCredits(message.count);
        }
        break;
      }
      case 'goodbye':
        for (const session of [...sessions.values()]) {
          if (session.downstream === link.peerId) session.loseDownstream();
          else if (session.upstream === link.peerId) void end(session);
        }
        break;
      case 'link-hello':
      case 'link-proof':
      case 'session-opened':
      case 'session-refused':
      case 'session-closed':
      case 'step-failed':
      case 'request-embedding':
      case 'cancel-embedding':
      case 'embedding-done':
      case 'embedding-failed':
        break;
      default:
        message satisfies never;
    }
  };

  const attach = (link: Link): void => {
    const remove = link.listen({
      onMessage: (message) => handleMessage(link, message),
      onFrame: (bytes) => {
        const frame = tryDecode(bytes);
        const session = frame && sessions.get(frame.sessionId);
        if (!frame) return;
        if (session?.upstream === link.peerId) session.takeFrame(link, frame);
        else if (!session && isInput(frame)) refuseFrame(link, frame);
      },
      onClose: () => {
        removers.delete(link);
        for (const session of [...sessions.values()]) {
          if (session.owner === link.peerId || session.upstream === link.peerId) void end(session);
          else if (session.downstream === link.peerId) session.loseDownstream();
        }
      },
    });
    removers.set(link, remove);
  };

  const removeOnLink = transport.onLink(attach);
  for (const link of transport.links.values()) attach(link);
  const idleTimer = setInterval(() => {
    const idleSince = performance.now() - SESSION_IDLE_TIMEOUT_MS;
    for (const session of [...sessions.values()]) {
      if (session.lastUsedMs() < idleSince) void end(session);
    }
  }, SESSION_IDLE_TIMEOUT_MS / 4);

  return {
    get sessionCount() {
      return sessions.size;
    },
    async dispose(reason) {
      if (isDisposed) return;
      isDisposed = true;
      clearInterval(idleTimer);
      removeOnLink();
      const partners = new Set<string>();
      for (const session of sessions.values()) {
        for (const peerId of [session.owner, session.upstream, session.downstream]) {
          partners.add(peerId);
        }
      }
      for (const [link, remove] of removers) {
        if (partners.has(link.peerId)) trySend(link, { type: 'goodbye', reason });
        remove();
      }
      removers.clear();
      await Promise.allSettled([...sessions.values()].map((session) => end(session)));
    },
  };
}

/** Checks everything that a stranger's request states, before anything is allocated for it. */
function checkOpen(
  stage: HostedStage,
  message: PeerMessageOf<'open-session'>,
  link: Link,
  known: HostedSession | undefined,
  sessionCount: number,
): { code: PeerMessageOf<'session-refused'>['code']; text: string } | undefined {
  if (known && identityOf(known.owner) !== identityOf(link.peerId)) {
    return { code: 'not-owner', text: 'This session belongs to another key.' };
  }
  if (known && known.epoch >= message.epoch) {
    return {
      code: 'old-epoch',
      text: 'This session is already open at this epoch or a later one.',
    };
  }
  const isHeld =
    message.modelRoot === stage.modelRoot &&
    message.firstBlock >= stage.firstBlock &&
    message.endBlock <= stage.endBlock &&
    message.firstBlock < message.endBlock &&
    (!message.embeds || (stage.embeds && message.firstBlock === 0)) &&
    (!message.heads || (stage.heads && message.endBlock === stage.blockCount));
  if (!isHeld) {
    return { code: 'model-not-held', text: 'This tab does not hold these blocks any more.' };
  }
  if (message.positionsMax < 1 || message.positionsMax > stage.contextLength) {
    return {
      code: 'malformed',
      text: `A session may have 1 to ${stage.contextLength} positions with this model.`,
    };
  }
  if (!known && sessionCount >= SESSIONS_MAX) {
    return { code: 'too-many-sessions', text: 'This tab serves as many answers as it can.' };
  }
  return undefined;
}

/** Work for a stage, and not the result of another one. */
function isInput({ kind }: Frame): boolean {
  return kind === 'tokens' || kind === 'hidden';
}

/** A tab that slept past the idle limit learns at once that its session is gone. */
function refuseFrame(link: Link, { sessionId, epoch, position }: Frame): void {
  const message = 'This session is not open here: it may have been idle for too long.';
  const code = 'unknown-session';
  trySend(link, { type: 'step-failed', sessionId, epoch, position, code, message });
}
