import type { CandidatesFrame } from '@manyhands/protocol/frame';
import {
  CREDITS_INITIAL,
  SESSION_OPEN_TIMEOUT_MS,
  STEP_TIMEOUT_MS_MAX,
  STEP_TIMEOUT_MS_MIN,
} from '@manyhands/protocol/limits';
import type { Link, Transport } from '@manyhands/swarm/link';
import { withDeadline } from '../deadline.ts';
import { PeerError } from '../error.ts';
import { reportError } from '../error-report.ts';
import { CLOSE_TIMEOUT_MS, PREFILL_CHUNK_TOKENS } from '../limits.ts';
import { pathOf } from '../link-io.ts';
import type { ChainLink, ChainStage } from './answer.ts';
import { type ChainWire, createChainWire } from './chain-wire.ts';
import type { CandidateRow } from './sampler.ts';

export interface ChainOptions {
  readonly transport: Transport;
  readonly stages: readonly ChainStage[];
  readonly sessionId: string;
  readonly epoch: number;
  readonly modelRoot: string;
  readonly positionsMax: number;
  readonly activation: 'f32' | 'f16';
  /** Names of the pages that will be run: see `prefix-keys`. */
  readonly prefixKeys: readonly string[];
  readonly signal: AbortSignal;
}

/**
 * An open session on every stage, in order. All methods reject with a `PeerError`, whose `peerId` names
 * the volunteer that failed, or with the signal's reason. After the first rejection the chain is
 * broken: close it and build another.
 */
export interface Chain {
  /** Positions that every stage has already; `run` may start there. */
  readonly reusedPositions: number;
  /**
   * Runs `tokenIds` from `position` on in chunks that overlap between stages and returns the
   * candidates after the last one. `onProgress` counts tokens that left the last stage.
   */
  run(
    tokenIds: readonly number[],
    position: number,
    onProgress?: (doneTokens: number) => void,
  ): Promise<CandidateRow>;
  /** Breaks the chain because somebody else learnt that a peer is gone. */
  lose(peerId: string, text: string): void;
  /**
   * Frees the session everywhere, but for the named pages, which a later session of this identity may
   * find again. Never rejects, and takes a second at most.
   */
  close(prefixKeys?: readonly string[]): Promise<ChainAccount>;
}

/** What is known of a chain after it closed. */
export interface ChainAccount {
  readonly links: readonly ChainLink[];
  /** Volunteers that did not answer the close: frozen, hanging in a driver, or gone. */
  readonly silentPeerIds: readonly string[];
}

/** Dials all stages, opens the session on each and waits until all are ready. */
export async function openChain(options: ChainOptions): Promise<Chain> {
  const { stages, sessionId, epoch, signal } = options;
  const links = await connectAll(options);
  const wire = createChainWire({ links, stages, sessionId, epoch });
  const onAbort = (): void => wire.fail(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  const close = async (prefixKeys: readonly string[] = []): Promise<ChainAccount> => {
    signal.removeEventListener('abort', onAbort);
    return closeChain(options, links, wire, prefixKeys);
  };
  try {
    await openSessions(options, links, wire);
  } catch (error) {
    await close();
    throw error;
  }
  const reused = [...wire.opened.values()].map(({ reusedPositions }) => reusedPositions);
  return {
    reusedPositions: Math.min(...reused),
    run: createRunner(stages, wire, signal),
    lose: (peerId, text) => wire.fail(new PeerError('chain-lost', text, { peerId })),
    close,
  };
}

function connectAll({ transport, stages, signal }: ChainOptions): Promise<readonly Link[]> {
  return Promise.all(
    stages.map(async ({ peerId }) => {
      try {
        return await transport.connect(peerId, signal);
      } catch (cause) {
        signal.throwIfAborted();
        const text = `A volunteer could not be reached: ${reportError(cause).message}`;
        throw new PeerError('chain-lost', text, { cause, peerId });
      }
    }),
  );
}

async function openSessions(
  options: ChainOptions,
  links: readonly Link[],
  wire: ChainWire,
): Promise<void> {
  const { transport, stages, sessionId, epoch, modelRoot, positionsMax } = options;
  const { activation, prefixKeys } = options;
  for (const [index, stage] of stages.entries()) {
    links[index]?.sendMessage({
      type: 'open-session',
      sessionId,
      epoch,
      modelRoot,
      firstBlock: stage.firstBlock,
      endBlock: stage.endBlock,
      embeds: stage.embeds,
      heads: stage.heads,
      positionsMax,
      upstream: stages[index - 1]?.peerId ?? transport.peerId,
      downstream: stages[index + 1]?.peerId ?? transport.peerId,
      activation,
      prefixKeys: [...prefixKeys],
    });
  }
  await withDeadline(
    wire.until(() => wire.opened.size === stages.length),
    SESSION_OPEN_TIMEOUT_MS,
    () => {
      const silent = stages.find(({ peerId }) => !wire.opened.has(peerId));
      return new PeerError('chain-lost', 'A volunteer did not open the session in time.', {
        ...(silent && { peerId: silent.peerId }),
      });
    },
  );
}

function createRunner(
  stages: readonly ChainStage[],
  wire: ChainWire,
  signal: AbortSignal,
): Chain['run'] {
  let slowestStepMs = 0;
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
    return frame;
  };

  return async (tokenIds, position, onProgress) => {
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
    for (let start = 0; start < tokenIds.length; start += PREFILL_CHUNK_TOKENS) {
      const chunk = tokenIds.slice(start, start + PREFILL_CHUNK_TOKENS);
      const isLast = start + chunk.length >= tokenIds.length;
      while (answers.length - received >= CREDITS_INITIAL) await takeNext();
      const text = 'The first volunteer took no more chunks in time.';
      await withDeadline(
        wire.until(() => wire.credits > 0),
        timeoutMs(),
        tooLate(text, stages[0]?.peerId),
      );
      answers.push(wire.sendStep(chunk, position + start, isLast ? 1 : 0).answer);
    }
    while (received < answers.length) await takeNext();
    return lastRow(last, stages.at(-1)?.peerId);
  };
}

function lastRow(frame: CandidatesFrame | undefined, peerId: string | undefined): CandidateRow {
  if (frame?.headRows !== 1 || frame.candidateCount === 0) {
    throw new PeerError('bad-frame', 'The last volunteer returned no candidates.', {
      ...(peerId && { peerId }),
    });
  }
  const { candidateIds, logits, logSumExp } = frame;
  return { tokenIds: candidateIds, logits, logSumExp: logSumExp[0] ?? 0 };
}

/** Waits for the accounts a moment, but a stage that will not answer must not delay the person. */
async function closeChain(
  { transport, stages, sessionId, epoch }: ChainOptions,
  links: readonly Link[],
  wire: ChainWire,
  prefixKeys: readonly string[],
): Promise<ChainAccount> {
  wire.sendAll({ type: 'close-session', sessionId, epoch, prefixKeys: [...prefixKeys] });
  const awaited = links.filter(({ peerId }) => wire.opened.has(peerId));
  const settled = wire.accountsOf(awaited);
  await withDeadline(settled, CLOSE_TIMEOUT_MS, () => new Error('late')).catch(() => undefined);
  wire.fail(new PeerError('aborted', 'The session is closed.'));
  wire.dispose();
  const onwards = stages.map(({ peerId }) => wire.opened.get(peerId)?.path);
  const paths = [await pathOf(links[0]), ...onwards];
  const ends = [transport.peerId, ...stages.map(({ peerId }) => peerId), transport.peerId];
  const accounts = paths.map((path, index) => {
    const from = ends[index] ?? '';
    const sent = index === 0 ? wire.bytesSent : wire.accounts.get(from)?.bytesSentDownstream;
    const to = ends[index + 1] ?? '';
    const way = path === undefined ? {} : { path };
    return { from, to, direct: path === 'direct', ...way, bytesSent: sent ?? 0 };
  });
  const isSilent = (peerId: string): boolean => !wire.accounts.has(peerId);
  return { links: accounts, silentPeerIds: stages.map(({ peerId }) => peerId).filter(isSilent) };
}
