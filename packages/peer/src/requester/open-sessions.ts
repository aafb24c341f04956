import { SESSION_OPEN_TIMEOUT_MS, STEP_TIMEOUT_MS_MIN } from '@manyhands/protocol/limits';
import { withDeadline } from '../deadline.ts';
import { PeerError } from '../error.ts';
import { REPLAY_CHUNK_TOKENS } from '../limits.ts';
import type { ChainStage } from './answer.ts';
import type { ChainOptions, ChainResume } from './chain.ts';
import type { ChainWire } from './chain-wire.ts';

/**
 * Opens the session on every stage and waits until all are ready. Where a chain is resumed, survivors
 * only get new neighbours, and new stages get what was computed before: from the stage before them, or
 * from the tokens where they are first. Rejects with `PeerError`.
 */
export async function openSessions(options: ChainOptions, wire: ChainWire): Promise<void> {
  const { stages, resume } = options;
  for (const [index, stage] of stages.entries()) openSession(options, wire, stage, index);
  await withDeadline(
    wire.until(() => wire.opened.size === stages.length),
    SESSION_OPEN_TIMEOUT_MS,
    () => lateError(stages, wire.opened, 'A volunteer did not open the session in time.'),
  );
  if (!resume) return;
  for (const { peerId } of stages) {
    const held = wire.opened.get(peerId)?.reusedPositions ?? 0;
    if (resume.survivors.has(peerId) && held < resume.positions) {
      throw new PeerError('replay-failed', 'A volunteer has less of the answer than it said.');
    }
  }
  for (const run of newRuns(stages, resume)) await replayTo(run, stages, wire, resume, options);
}

function openSession(
  options: ChainOptions,
  wire: ChainWire,
  stage: ChainStage,
  index: number,
): void {
  const { transport, stages, sessionId, epoch, modelRoot, positionsMax, resume } = options;
  const upstream = stages[index - 1]?.peerId ?? transport.peerId;
  const downstream = stages[index + 1]?.peerId ?? transport.peerId;
  if (resume?.survivors.has(stage.peerId)) {
    wire.sendTo(stage.peerId, { type: 'rewire', sessionId, epoch, upstream, downstream });
    return;
  }
  const next = stages[index + 1];
  wire.sendTo(stage.peerId, {
    type: 'open-session',
    sessionId,
    epoch,
    modelRoot,
    firstBlock: stage.firstBlock,
    endBlock: stage.endBlock,
    embeds: stage.embeds,
    heads: stage.heads,
    positionsMax,
    upstream,
    downstream,
    activation: options.activation,
    prefixKeys: [...options.prefixKeys],
    replayTo: resume?.positions ?? 0,
    forwardsReplay:
      resume !== undefined && next !== undefined && !resume.survivors.has(next.peerId),
  });
}

/** Consecutive new stages, which are filled by one replay. */
function newRuns(stages: readonly ChainStage[], { survivors }: ChainResume): ChainStage[][] {
  const runs: ChainStage[][] = [];
  for (const [index, stage] of stages.entries()) {
    if (survivors.has(stage.peerId)) continue;
    const before = stages[index - 1];
    const isFirst = before === undefined || survivors.has(before.peerId);
    if (isFirst) runs.push([stage]);
    else runs.at(-1)?.push(stage);
  }
  return runs;
}

async function replayTo(
  run: readonly ChainStage[],
  stages: readonly ChainStage[],
  wire: ChainWire,
  resume: ChainResume,
  { sessionId, epoch, signal }: ChainOptions,
): Promise<void> {
  const { positions, tokenIds } = resume;
  const held = run.map(({ peerId }) => wire.opened.get(peerId)?.reusedPositions ?? 0);
  const from = Math.min(positions, ...held);
  if (from >= positions) return;
  const tooLate = () => lateError(run, wire.replayed, 'A volunteer took no replay in time.');
  const before = run[0] && stages[stages.indexOf(run[0]) - 1];
  if (before) {
    wire.sendTo(before.peerId, { type: 'replay', sessionId, epoch, from, to: positions });
  } else {
    for (let start = from; start < positions; start += REPLAY_CHUNK_TOKENS) {
      const room = wire.until(() => wire.credits > 0);
      await withDeadline(room, STEP_TIMEOUT_MS_MIN, tooLate, signal);
      wire.sendReplay(
        tokenIds.slice(start, Math.min(positions, start + REPLAY_CHUNK_TOKENS)),
        start,
      );
    }
  }
  const isFilled = wire.until(() => run.every(({ peerId }) => wire.replayed.has(peerId)));
  await withDeadline(isFilled, replayTimeoutMs(positions - from), tooLate, signal);
}

/** Slow devices take long for long texts; one that fell silent is noticed by its missing beats anyway. */
function replayTimeoutMs(positionCount: number): number {
  return STEP_TIMEOUT_MS_MIN * Math.ceil(positionCount / REPLAY_CHUNK_TOKENS);
}

function lateError(
  stages: readonly ChainStage[],
  done: { has(peerId: string): boolean },
  text: string,
): PeerError {
  const silent = stages.find(({ peerId }) => !done.has(peerId));
  return new PeerError('chain-lost', text, { ...(silent && { peerId: silent.peerId }) });
}
