import type {
  OpenedSession,
  SessionRange,
  StageRange,
  StepRequest,
  StepResult,
} from '@manyhands/engine/stage';
import type { Frame } from '@manyhands/protocol/frame';
import { SESSION_IDLE_TIMEOUT_MS } from '@manyhands/protocol/limits';
import type { PeerMessage, PeerMessageOf } from '@manyhands/protocol/peer-message';
import type { Link, Transport } from '@manyhands/swarm/link';
import { tryDecode, trySend } from '../link-io.ts';
import type { Ticker } from '../ticker.ts';
import type { HostedSession } from './hosted-session.ts';
import { createIntake } from './intake.ts';
import { createPartnerWatch } from './partner-watch.ts';
import { createSessionCommands } from './session-commands.ts';
import type { StageWork } from './volunteer-state.ts';

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
export interface WorkReport extends StageWork {
  /** The first one of its session. */
  readonly isFirst: boolean;
  /** Rows of a last stage from which tokens of the answer are drawn. */
  readonly answeredCount: number;
  readonly computeMs: number;
  readonly bytesSent: number;
}

export interface StageHostOptions {
  readonly stage: HostedStage;
  readonly engine: StageEngine;
  readonly transport: Transport;
  readonly ticker: Ticker;
  readonly onWork: (report: WorkReport) => void;
  readonly onSessionCount: (sessionCount: number) => void;
  /** A session's KV cache was reserved or freed. */
  readonly onMemoryChange: () => void;
  /** Bytes of frames that came for a session. */
  readonly onReceived?: (bytes: number) => void;
}

/** Serves sessions of strangers on one stage: the only place where frames meet the engine. */
export interface StageHost {
  readonly sessionCount: number;
  /**
   * Takes no new session until `accept`. Resolves when the last one has ended; after the time those
   * that are left are told goodbye and end.
   */
  drain(timeoutMs: number, signal: AbortSignal): Promise<void>;
  accept(): void;
  /** Ends every session, tells the peers, stops listening. */
  dispose(reason: PeerMessageOf<'goodbye'>['reason']): Promise<void>;
}

/**
 * Every message and frame comes from a stranger over an authenticated link: sessions belong to the
 * identity that opened them, frames count only from the session's upstream peer and current epoch,
 * and whatever does not fit is refused with a code or dropped, as `protocol.md` states for each.
 */
export function createStageHost(options: StageHostOptions): StageHost {
  const { transport } = options;
  const sessions = new Map<string, HostedSession>();
  const removers = new Map<Link, () => void>();
  let isDisposed = false;
  const intake = createIntake(() => sessions.size + commands.opening.length);

  const partners = createPartnerWatch(
    options.ticker,
    () => [...sessions.values(), ...commands.opening],
    (peerId) => transport.links.get(peerId),
    (link) => loseDownstream(link, 'The next tab of the chain fell silent.'),
  );
  const loseDownstream = (link: Link, text: string): void => {
    for (const session of [...sessions.values()]) {
      if (session.downstream === link) session.loseDownstream(text);
    }
  };

  const end = async (session: HostedSession, prefixKeys: readonly string[] = []): Promise<void> => {
    if (sessions.get(session.sessionId) === session) sessions.delete(session.sessionId);
    partners.update();
    options.onSessionCount(sessions.size);
    intake.ended();
    await session.close(prefixKeys);
    options.onMemoryChange();
  };

  const commands = createSessionCommands({
    options,
    sessions,
    intake,
    isDisposed: () => isDisposed,
    onOpened: () => {
      partners.update();
      options.onSessionCount(sessions.size);
      options.onMemoryChange();
    },
    onPartners: partners.update,
    end,
  });

  /** Sessions end with their owner; a stage before that left is replaced, and they wait for that. */
  const endOwnedBy = (link: Link): void => {
    for (const session of [...sessions.values()]) if (session.owner === link) void end(session);
  };

  const handleMessage = (link: Link, message: PeerMessage): void => {
    switch (message.type) {
      case 'open-session':
      case 'close-session':
      case 'rewire':
      case 'replay':
      case 'prepare-link':
        commands.take(link, message);
        break;
      case 'credit': {
        const session = sessions.get(message.sessionId);
        if (session?.downstream === link && session.epoch === message.epoch) {
          session.addCredits(message.count);
        }
        break;
      }
      case 'goodbye':
        loseDownstream(link, 'The next tab of the chain stopped.');
        endOwnedBy(link);
        break;
      case 'beat':
      case 'ping':
      case 'pong':
      case 'session-replayed':
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
      onMessage: (message) => {
        partners.heard(link, message.type === 'beat');
        handleMessage(link, message);
      },
      onFrame: (bytes) => {
        partners.heard(link, false);
        const frame = tryDecode(bytes);
        const session = frame && sessions.get(frame.sessionId);
        if (!frame) return;
        if (session?.upstream === link.peerId) {
          options.onReceived?.(bytes.length);
          session.takeFrame(link, frame);
        } else if (!session && isInput(frame)) refuseFrame(link, frame);
      },
      onClose: () => {
        removers.delete(link);
        loseDownstream(link, 'The next tab of the chain is gone.');
        endOwnedBy(link);
      },
    });
    removers.set(link, remove);
    // The stage before dials after its session here was opened.
    partners.update();
  };

  /** Tells those whose sessions run here. */
  const sayGoodbye = (reason: PeerMessageOf<'goodbye'>['reason']): void => {
    const told = partners.links();
    for (const link of removers.keys()) {
      if (told.has(link)) trySend(link, { type: 'goodbye', reason });
    }
  };
  const endAll = async (): Promise<void> => {
    await Promise.allSettled([...sessions.values()].map((session) => end(session)));
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
    async drain(timeoutMs, signal) {
      if ((await intake.drain(timeoutMs, signal)) !== 'late') return;
      sayGoodbye('stopped');
      await endAll();
    },
    accept: intake.open,
    async dispose(reason) {
      if (isDisposed) return;
      isDisposed = true;
      clearInterval(idleTimer);
      removeOnLink();
      sayGoodbye(reason);
      partners.dispose();
      for (const remove of removers.values()) remove();
      removers.clear();
      await endAll();
    },
  };
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
