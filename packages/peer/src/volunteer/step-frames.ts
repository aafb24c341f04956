import type { Candidates, StepRequest, StepResult } from '@manyhands/engine/stage';
import { encodeFrame, type Frame } from '@manyhands/protocol/frame';
import type { FrameHeader } from '@manyhands/protocol/frame-header';
import type { PeerMessageOf } from '@manyhands/protocol/peer-message';
import type { HostedStage } from './stage-host.ts';

/** The engine's request for a frame. Throws where the frame is no input. */
export function stepOf(frame: Frame, engineId: string, heads: boolean, owner: string): StepRequest {
  const { position, tokenCount } = frame;
  // Frames carry the last stage's order through every stage; only a heading one executes it.
  const headRows = heads ? frame.headRows : 0;
  const base = { sessionId: engineId, position, tokenCount, headRows, owner };
  if (frame.kind === 'tokens') return { ...base, tokenIds: frame.tokenIds };
  if (frame.kind === 'hidden') return { ...base, hidden: frame.hidden };
  throw new Error('Candidates are no input.');
}

/** What does not fit this session in a frame, in words. */
export function checkShape(
  frame: Frame,
  message: PeerMessageOf<'open-session'>,
  stage: HostedStage,
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

/** The frame that goes downstream. */
export function encodeResult(
  frame: Frame,
  result: StepResult,
  message: PeerMessageOf<'open-session'>,
  hiddenSize: number,
): Uint8Array<ArrayBuffer> {
  const { sessionId, epoch, step, position, tokenCount, headRows, isReplay } = frame;
  const base = { sessionId, epoch, step, position, tokenCount, headRows };
  const header = isReplay ? { ...base, isReplay } : base;
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

export function failureOf(code: string): PeerMessageOf<'step-failed'>['code'] {
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
