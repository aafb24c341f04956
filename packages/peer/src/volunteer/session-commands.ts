import { identityOf } from '@manyhands/protocol/id';
import type { PeerMessageOf } from '@manyhands/protocol/peer-message';
import type { Link } from '@manyhands/swarm/link';
import { reportError } from '../error-report.ts';
import { PREPARED_LINKS_MAX, RETAINED_BYTES_MAX } from '../limits.ts';
import { trySend } from '../link-io.ts';
import { createAdmission, type Place, placeOf, soonestEnd } from './admission.ts';
import { checkOpen } from './check-open.ts';
import { createHostedSession, type HostedSession } from './hosted-session.ts';
import type { Intake } from './intake.ts';
import type { Partners } from './partner-watch.ts';
import type { RetainedBudget } from './retained-rows.ts';
import type { StageHostOptions } from './stage-host.ts';

/** What the owner of a session may order. */
export type SessionCommand = PeerMessageOf<
  'open-session' | 'close-session' | 'rewire' | 'replay' | 'prepare-link'
>;

export interface SessionCommands {
  /** Who waits for sessions that are being opened. */
  readonly opening: readonly Partners[];
  /** Carries out what fits; refuses with a code, or drops what concerns nobody's session. */
  take(link: Link, command: SessionCommand): void;
}

export function createSessionCommands(parts: {
  readonly options: StageHostOptions;
  readonly sessions: Map<string, HostedSession>;
  readonly intake: Pick<Intake, 'isOpen' | 'ended'>;
  isDisposed(): boolean;
  onOpened(): void;
  /** Others wait for a session, or work on it, than before. */
  onPartners(): void;
  end(session: HostedSession, prefixKeys?: readonly string[]): Promise<void>;
}): SessionCommands {
  const { options, sessions, intake, isDisposed, onOpened, onPartners, end } = parts;
  const { stage, transport } = options;
  /** Sessions whose link downstream is still being dialled count against the limit too. */
  const opening = new Map<string, Partners & { readonly epoch: number }>();
  const admission = createAdmission();
  const prepared = new WeakMap<HostedSession, number>();
  const retainedBudget: RetainedBudget = { bytesMax: RETAINED_BYTES_MAX, bytes: 0 };

  const refuse = (
    link: Link,
    message: PeerMessageOf<'open-session' | 'rewire'>,
    code: PeerMessageOf<'session-refused'>['code'],
    text: string,
  ): void => {
    const { sessionId, epoch } = message;
    trySend(link, { type: 'session-refused', sessionId, epoch, code, message: text.slice(0, 500) });
  };

  /** Everybody who has a place, or is about to. */
  const places = (): Place[] => [
    ...[...sessions.values()].map(placeOf),
    ...[...opening.values()].map(({ owner }) => ({ identity: identityOf(owner.peerId) })),
  ];
  const refuseBusy = (
    link: Link,
    { sessionId, epoch }: PeerMessageOf<'open-session'>,
    retryAfterMs: number,
  ): void => {
    const message = 'This tab serves as many answers as it can.';
    const code = 'busy';
    trySend(link, { type: 'session-refused', sessionId, epoch, code, message, retryAfterMs });
  };

  const open = async (link: Link, message: PeerMessageOf<'open-session'>): Promise<void> => {
    const known = sessions.get(message.sessionId);
    // A repair of an answer that runs here already is nothing new.
    if (!known && !intake.isOpen) {
      refuse(link, message, 'draining', 'This tab finishes what it has and takes nothing new.');
      return;
    }
    const problem = checkOpen(stage, message, link, known);
    if (problem) {
      refuse(link, message, problem.code, problem.text);
      return;
    }
    if ((opening.get(message.sessionId)?.epoch ?? -1) >= message.epoch) {
      refuse(link, message, 'old-epoch', 'This session is being opened already.');
      return;
    }
    const asked = { sessionId: message.sessionId, identity: identityOf(link.peerId) };
    const isNew = !known && !opening.has(message.sessionId);
    const waitMs = isNew ? admission.ask(asked, places(), performance.now()) : undefined;
    if (waitMs !== undefined) {
      refuseBusy(link, message, waitMs);
      return;
    }
    const mine = { epoch: message.epoch, owner: link, upstream: message.upstream };
    opening.set(message.sessionId, mine);
    onPartners();
    const isWanted = (): boolean => opening.get(message.sessionId) === mine;
    const forget = (): void => {
      if (isWanted()) opening.delete(message.sessionId);
      onPartners();
      intake.ended();
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
    const session = createHostedSession({
      options,
      message,
      owner: link,
      downstream,
      retainedBudget,
    });
    let reusedPositions: number;
    try {
      ({ reusedPositions } = await session.open());
      if (isDisposed() || !link.isOpen) throw new Error('The volunteer stopped serving.');
      if (!isWanted()) throw new Error('It was closed, or a newer epoch came.');
      // Before it is forgotten as one that opens: its partners hear beats all the while.
      sessions.set(message.sessionId, session);
    } catch (error) {
      await session.close();
      const report = reportError(error);
      const code = isDisposed() ? 'draining' : isWanted() ? 'over-budget' : 'old-epoch';
      // The memory that is missing is others', for as long as they answer.
      const isFull = code === 'over-budget' && report.code === code && sessions.size > 0;
      if (isFull) refuseBusy(link, message, soonestEnd(places()));
      else refuse(link, message, code, report.message);
      return;
    } finally {
      forget();
    }
    onOpened();
    await tellOpened(link, session, reusedPositions);
  };

  const tellOpened = async (
    link: Link,
    { sessionId, epoch, downstream }: HostedSession,
    reusedPositions: number,
  ): Promise<void> => {
    // A link that closed meanwhile is noticed by its listeners.
    const stats = await downstream.stats().catch(() => undefined);
    const { path, roundTripMs } = stats ?? {};
    const way = { ...(path && { path }), ...(roundTripMs !== undefined && { roundTripMs }) };
    trySend(link, { type: 'session-opened', sessionId, epoch, ...way, reusedPositions });
  };

  /** The session a message is about, if its sender may command it. */
  const ownSession = (link: Link, sessionId: string): HostedSession | undefined => {
    const session = sessions.get(sessionId);
    const isOwn = session && identityOf(session.owner.peerId) === identityOf(link.peerId);
    return isOwn ? session : undefined;
  };

  const rewire = async (link: Link, message: PeerMessageOf<'rewire'>): Promise<void> => {
    const { epoch, upstream } = message;
    const session = ownSession(link, message.sessionId);
    if (!session) {
      refuse(link, message, 'not-open', 'This session is not open here any more.');
      return;
    }
    let downstream: Link;
    try {
      downstream = await transport.connect(message.downstream);
    } catch (error) {
      refuse(link, message, 'downstream-unreachable', reportError(error).message);
      return;
    }
    if (sessions.get(message.sessionId) !== session || session.epoch >= epoch) {
      refuse(link, message, 'old-epoch', 'It was closed, or a newer epoch came.');
      return;
    }
    session.rewire({ epoch, upstream, downstream });
    onPartners();
    await tellOpened(link, session, session.heldPositions);
  };

  const replay = (link: Link, message: PeerMessageOf<'replay'>): void => {
    const session = ownSession(link, message.sessionId);
    if (session?.epoch === message.epoch) void session.replay(message.from, message.to);
  };

  /** A spare is dialled ahead, so that a repair need not wait for it. */
  const prepareLink = (link: Link, message: PeerMessageOf<'prepare-link'>): void => {
    const session = ownSession(link, message.sessionId);
    if (!session || (prepared.get(session) ?? 0) >= PREPARED_LINKS_MAX) return;
    prepared.set(session, (prepared.get(session) ?? 0) + 1);
    // Whoever cannot be reached now is found out again when it matters.
    transport.connect(message.peerId).catch(() => undefined);
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
      identityOf(begun.owner.peerId) === identityOf(link.peerId)
    ) {
      opening.delete(message.sessionId);
      onPartners();
      intake.ended();
    }
    const session = ownSession(link, message.sessionId);
    if (session && session.epoch <= message.epoch) await end(session, message.prefixKeys);
  };

  return {
    get opening() {
      return [...opening.values()];
    },
    take(link, command) {
      switch (command.type) {
        case 'open-session':
          void open(link, command);
          break;
        case 'close-session':
          void closeRequested(link, command);
          break;
        case 'rewire':
          void rewire(link, command);
          break;
        case 'replay':
          replay(link, command);
          break;
        case 'prepare-link':
          prepareLink(link, command);
          break;
        default:
          command satisfies never;
      }
    },
  };
}
