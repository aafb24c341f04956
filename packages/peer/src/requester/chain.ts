import type { ActivationType } from '@manyhands/protocol/activation';
import type { CandidatesFrame } from '@manyhands/protocol/frame';
import {
  CREDITS_INITIAL,
  STEP_TIMEOUT_MS_MAX,
  STEP_TIMEOUT_MS_MIN,
} from '@manyhands/protocol/limits';
import type { LinkPath } from '@manyhands/protocol/peer-message';
import type { Link, Transport } from '@manyhands/swarm/link';
import { withDeadline } from '../deadline.ts';
import { PeerError } from '../error.ts';
import { reportError } from '../error-report.ts';
import { CLOSE_TIMEOUT_MS, REPAIR_OPEN_TIMEOUT_MS } from '../limits.ts';
import { pathOf } from '../link-io.ts';
import type { Ticker } from '../ticker.ts';
import type { ChainLink, ChainStage } from './answer.ts';
import { chunkEnd, readRows } from './chain-rows.ts';
import { type ChainWire, createChainWire } from './chain-wire.ts';
import { openSessions } from './open-sessions.ts';
import type { CandidateRow } from './sampler.ts';

export interface ChainOptions {
  readonly transport: Transport;
  readonly stages: readonly ChainStage[];
  readonly sessionId: string;
  readonly epoch: number;
  readonly modelRoot: string;
  readonly positionsMax: number;
  readonly activation: ActivationType;
  /** Names of the pages that will be run: see `prefix-keys`. */
  readonly prefixKeys: readonly string[];
  readonly signal: AbortSignal;
  readonly ticker: Ticker;
  /** Where a chain before lost some of its stages: the others keep their sessions. */
  readonly resume?: ChainResume;
}

export interface ChainResume {
  /** Stages whose peers have all of `positions`. */
  readonly survivors: ReadonlySet<string>;
  /** What was computed; the tokens of these positions are given to new stages again. */
  readonly positions: number;
  readonly tokenIds: readonly number[];
}

/**
 * An open session on every stage, in order. All methods reject with a `PeerError`, whose `peerId` names
 * the volunteer that failed, or with the signal's reason. After the first rejection the chain is
 * broken: close it and build another.
 */
export interface Chain {
  /** Positions that every stage had when the chain opened; `run` may start there. */
  readonly reusedPositions: number;
  /** Milliseconds from a stage to the one after it and back, as stages told when they opened. */
  readonly onwardMs: ReadonlyMap<string, number>;
  /** Positions that every stage has now, as far as their answers came back. */
  readonly answeredPositions: number;
  /**
   * Runs `tokenIds` from `position` on in chunks that overlap between stages and returns the
   * candidates after each of the last `headRows`, which one chunk has to hold. What ran at these
   * positions before is forgotten. `onProgress` counts tokens that left the last stage.
   */
  run(
    tokenIds: readonly number[],
    position: number,
    headRows: number,
    onProgress?: (doneTokens: number) => void,
  ): Promise<readonly CandidateRow[]>;
  /** Lets a stage open a link ahead to somebody who may have to be its neighbour. */
  prepareLink(stagePeerId: string, sparePeerId: string): void;
  /** Breaks the chain because somebody else learnt that a peer is gone. */
  lose(peerId: string, text: string): void;
  /**
   * Frees the session everywhere, but for the named pages, which a later session of this identity may
   * find again. Never rejects, and takes a second at most.
   */
  close(prefixKeys?: readonly string[], epoch?: number): Promise<ChainAccount>;
  /** Leaves the sessions to a chain that was resumed from this one; those of other peers are closed. */
  release(heirs: ReadonlySet<string>): Promise<ChainAccount>;
}

/** What is known of a chain after it closed. */
export interface ChainAccount {
  readonly links: readonly ChainLink[];
  /** Volunteers that did not answer the close: frozen, hanging in a driver, or gone. */
  readonly silentPeerIds: readonly string[];
}

/** Dials all stages, opens the session on each and waits until all are ready. */
export async function openChain(options: ChainOptions): Promise<Chain> {
  const { stages, signal, resume } = options;
  const links = await connectAll(options);
  const wire = createChainWire({ links, ...options });
  const onAbort = (): void => wire.fail(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  const close = async (prefixKeys: readonly string[] = [], epoch = options.epoch) => {
    signal.removeEventListener('abort', onAbort);
    return closeChain({ ...options, epoch }, links, wire, prefixKeys);
  };
  const release = async (heirs: ReadonlySet<string>): Promise<ChainAccount> => {
    signal.removeEventListener('abort', onAbort);
    wire.fail(new PeerError('aborted', 'The chain was repaired.'));
    const { sessionId, epoch } = options;
    for (const { peerId } of stages) {
      if (heirs.has(peerId)) continue;
      wire.sendTo(peerId, { type: 'close-session', sessionId, epoch, prefixKeys: [] });
    }
    wire.dispose();
    // The stages that go on tell later what they sent.
    const [first] = linksOf(options, await pathOf(links[0]), wire);
    return { links: first ? [first] : [], silentPeerIds: [] };
  };
  try {
    await openSessions(options, wire);
  } catch (error) {
    if (resume) void release(resume.survivors);
    else await close();
    throw error;
  }
  const reused = [...wire.opened.values()].map(({ reusedPositions }) => reusedPositions);
  const reusedPositions = resume ? resume.positions : Math.min(...reused);
  const runner = createRunner(stages, wire, signal);
  const onwards = [...wire.opened].flatMap(([peerId, { roundTripMs }]) =>
    roundTripMs === undefined ? [] : [[peerId, roundTripMs] as const],
  );
  return {
    reusedPositions,
    onwardMs: new Map(onwards),
    get answeredPositions() {
      return runner.answeredPositions ?? reusedPositions;
    },
    run: runner.run,
    prepareLink: (stagePeerId, peerId) =>
      wire.sendTo(stagePeerId, { type: 'prepare-link', sessionId: options.sessionId, peerId }),
    lose: (peerId, text) => wire.fail(new PeerError('chain-lost', text, { peerId })),
    close,
    release,
  };
}

function connectAll({ transport, stages, signal, resume }: ChainOptions): Promise<readonly Link[]> {
  return Promise.all(
    stages.map(async ({ peerId }) => {
      try {
        const link = transport.connect(peerId, signal);
        const late = () => new Error('It did not answer in time.');
        return await (resume ? withDeadline(link, REPAIR_OPEN_TIMEOUT_MS, late) : link);
      } catch (cause) {
        signal.throwIfAborted();
        const text = `A volunteer could not be reached: ${reportError(cause).message}`;
        throw new PeerError('chain-lost', text, { cause, peerId });
      }
    }),
  );
}

function createRunner(
  stages: readonly ChainStage[],
  wire: ChainWire,
  signal: AbortSignal,
): { readonly run: Chain['run']; readonly answeredPositions: number | undefined } {
  let slowestStepMs = 0;
  let answeredPositions: number | undefined;
  const timeoutMs = (): number =>
    Math.min(STEP_TIMEOUT_MS_MAX, Math.max(STEP_TIMEOUT_MS_MIN, slowestStepMs * 8));
  const tooLate = (text: string, peerId?: string) => () =>
    new PeerError('step-timeout', text, { ...(peerId && { peerId }) });

  /** The last stage answers chunks in order, so waiting for each in turn bounds every one of them. */
  const receive = async (answer: Promise<CandidatesFrame>): Promise<CandidatesFrame> => {
    const startedMs = performance.now();
    const text = 'The volunteers did not answer in time.';
    const frame = await withDeadline(answer, timeoutMs(), tooLate(text), signal);
    slowestStepMs = Math.max(slowestStepMs * 0.9, performance.now() - startedMs);
    answeredPositions = frame.position + frame.tokenCount;
    return frame;
  };

  const creditFor = (): Promise<void> => {
    const text = 'The first volunteer took no more chunks in time.';
    const isThere = wire.until(() => wire.credits > 0);
    return withDeadline(isThere, timeoutMs(), tooLate(text, stages[0]?.peerId));
  };

  const run: Chain['run'] = async (tokenIds, position, headRows, onProgress) => {
    const answers: Promise<CandidatesFrame>[] = [];
    let received = 0;
    let doneTokens = 0;
    let last: CandidatesFrame | undefined;
    const takeNext = async (): Promise<void> => {
      const answer = answers[received];
      if (!answer) return;
      received += 1;
      last = await receive(answer);
      doneTokens += last.tokenCount;
      onProgress?.(doneTokens);
    };
    for (let start = 0, end = 0; start < tokenIds.length; start = end) {
      end = chunkEnd(start, tokenIds.length);
      const chunk = tokenIds.slice(start, end);
      while (answers.length - received >= CREDITS_INITIAL) await takeNext();
      if (wire.credits <= 0) await creditFor();
      const wanted = end < tokenIds.length ? 0 : headRows;
      answers.push(wire.sendStep(chunk, position + start, wanted).answer);
    }
    while (received < answers.length) await takeNext();
    return readRows(last, headRows, stages.at(-1)?.peerId);
  };
  return {
    run,
    get answeredPositions() {
      return answeredPositions;
    },
  };
}

/** Waits for the accounts a moment, but a stage that will not answer must not delay the person. */
async function closeChain(
  options: ChainOptions,
  links: readonly Link[],
  wire: ChainWire,
  prefixKeys: readonly string[],
): Promise<ChainAccount> {
  const { stages, sessionId, epoch } = options;
  wire.sendAll({ type: 'close-session', sessionId, epoch, prefixKeys: [...prefixKeys] });
  const awaited = links.filter(({ peerId }) => wire.opened.has(peerId));
  const settled = wire.accountsOf(awaited);
  await withDeadline(settled, CLOSE_TIMEOUT_MS, () => new Error('late')).catch(() => undefined);
  wire.fail(new PeerError('aborted', 'The session is closed.'));
  wire.dispose();
  const isSilent = (peerId: string): boolean => !wire.accounts.has(peerId);
  return {
    links: linksOf(options, await pathOf(links[0]), wire),
    silentPeerIds: stages.map(({ peerId }) => peerId).filter(isSilent),
  };
}

/** What was sent on each link of the chain, as far as the stages have told. */
function linksOf(
  { transport, stages }: ChainOptions,
  firstPath: LinkPath | undefined,
  wire: ChainWire,
): ChainLink[] {
  const onwards = stages.map(({ peerId }) => wire.opened.get(peerId)?.path);
  const ends = [transport.peerId, ...stages.map(({ peerId }) => peerId), transport.peerId];
  return [firstPath, ...onwards].map((path, index) => {
    const from = ends[index] ?? '';
    const sent = index === 0 ? wire.bytesSent : wire.accounts.get(from)?.bytesSentDownstream;
    const to = ends[index + 1] ?? '';
    const way = path === undefined ? {} : { path };
    return { from, to, direct: path === 'direct', ...way, bytesSent: sent ?? 0 };
  });
}
