import type { EmbeddingCard } from '@manyhands/model/embedding/card';
import { encodeBase64 } from '@manyhands/protocol/base64';
import type { VectorsFrame } from '@manyhands/protocol/frame';
import type { PeerMessage, PeerMessageOf } from '@manyhands/protocol/peer-message';
import type { Link } from '@manyhands/swarm/link';
import { withDeadline } from '../deadline.ts';
import { PeerError } from '../error.ts';
import { reportError } from '../error-report.ts';
import { tryDecode } from '../link-io.ts';

export interface EmbeddingQuestion {
  readonly link: Link;
  readonly modelRoot: string;
  readonly card: EmbeddingCard;
  readonly texts: readonly string[];
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  /** Tells when somebody else learnt that the volunteer is gone. Returns a remover. */
  readonly onGone: (listener: () => void) => () => void;
}

export interface EmbeddingAnswer {
  /** `[texts, dimension]` */
  readonly vectors: Float32Array<ArrayBuffer>;
  readonly tokenCount: number;
  readonly computeMs: number;
}

/**
 * Asks one volunteer. Rejects with a `PeerError` that names it: `embedding-lost` and
 * `embedding-timeout`, after which another one may be asked, or `text-too-long`.
 */
export async function askEmbedding(question: EmbeddingQuestion): Promise<EmbeddingAnswer> {
  const { link, modelRoot, texts, deadlineMs, signal } = question;
  const { peerId } = link;
  const requestId = encodeBase64(crypto.getRandomValues(new Uint8Array(16)));
  const answer = listenForAnswer(question, requestId);
  try {
    const message = { modelRoot, texts: [...texts], deadlineMs };
    link.sendMessage({ type: 'request-embedding', requestId, ...message });
    const tooLate = () =>
      new PeerError('embedding-timeout', 'The volunteer did not answer in time.', { peerId });
    return await withDeadline(answer.arrived, deadlineMs, tooLate, signal);
  } catch (error) {
    if (link.isOpen && !answer.isOver) link.sendMessage({ type: 'cancel-embedding', requestId });
    signal.throwIfAborted();
    if (error instanceof PeerError) throw error;
    throw lost(`The volunteer could not be asked: ${reportError(error).message}`, peerId);
  } finally {
    answer.dispose();
  }
}

function listenForAnswer({ link, card, texts, onGone }: EmbeddingQuestion, requestId: string) {
  const { peerId } = link;
  let frame: VectorsFrame | undefined;
  let done: PeerMessageOf<'embedding-done'> | undefined;
  let isOver = false;
  let settle: { resolve(answer: EmbeddingAnswer): void; reject(error: Error): void } | undefined;
  const arrived = new Promise<EmbeddingAnswer>((resolve, reject) => {
    settle = { resolve, reject };
  });
  // Seen where it is awaited, which sending the question may prevent.
  arrived.catch(() => undefined);
  const fail = (error: Error): void => {
    isOver = true;
    settle?.reject(error);
  };
  // Vectors and account travel on different channels and arrive in any order.
  const look = (): void => {
    if (frame === undefined || done === undefined) return;
    isOver = true;
    const { tokenCount, computeMs } = done;
    settle?.resolve({ vectors: frame.vectors, tokenCount, computeMs });
  };
  const handleMessage = (message: PeerMessage): void => {
    if (message.type === 'goodbye') fail(lost('The volunteer stopped contributing.', peerId));
    if (!('requestId' in message) || message.requestId !== requestId) return;
    if (message.type === 'embedding-done') {
      done = message;
      look();
    } else if (message.type === 'embedding-failed') fail(failureOf(message, peerId));
  };
  const handleFrame = (bytes: Uint8Array<ArrayBuffer>): void => {
    const decoded = tryDecode(bytes);
    if (decoded?.kind !== 'vectors' || decoded.sessionId !== requestId) return;
    const problem = checkVectors(decoded, texts.length, card);
    if (problem !== undefined) {
      fail(lost(problem, peerId));
      return;
    }
    frame = decoded;
    look();
  };
  const gone = (): void => fail(lost('The volunteer left.', peerId));
  const removers = [
    link.listen({ onMessage: handleMessage, onFrame: handleFrame, onClose: gone }),
    onGone(gone),
  ];
  return {
    arrived,
    get isOver() {
      return isOver;
    },
    dispose: () => {
      for (const remove of removers) remove();
    },
  };
}

/** How far a vector of length 1 may be from it after f32 sums of thousands of numbers. */
const LENGTH_TOLERANCE = 1e-3;

/** Why these cannot be the vectors asked for; the frame itself has proven that they are finite. */
function checkVectors(
  { tokenCount, dimension, vectors }: VectorsFrame,
  textCount: number,
  card: EmbeddingCard,
): string | undefined {
  if (tokenCount !== textCount || dimension !== card.dimension) {
    return `The volunteer sent ${tokenCount} vectors of ${dimension} numbers, not ${textCount} of ${card.dimension}.`;
  }
  if (!card.normalizes) return undefined;
  for (let start = 0; start < vectors.length; start += dimension) {
    const length = Math.hypot(...vectors.subarray(start, start + dimension));
    if (Math.abs(length - 1) > LENGTH_TOLERANCE) {
      return `The volunteer sent a vector of length ${length.toFixed(3)} where the model's have 1.`;
    }
  }
  return undefined;
}

function failureOf(message: PeerMessageOf<'embedding-failed'>, peerId: string): PeerError {
  if (message.code === 'text-too-long') {
    return new PeerError('text-too-long', `The model does not read that: ${message.message}`);
  }
  return lost(`A volunteer refused (${message.code}): ${message.message}`, peerId);
}

function lost(text: string, peerId: string): PeerError {
  return new PeerError('embedding-lost', text, { peerId });
}
