import type { EmbeddedTexts } from '@manyhands/engine/onnx/embedding-api';
import { encodeFrame } from '@manyhands/protocol/frame';
import { identityOf } from '@manyhands/protocol/id';
import { EMBEDDING_REQUESTS_PER_PEER_MAX, SESSIONS_MAX } from '@manyhands/protocol/limits';
import type { PeerMessageOf } from '@manyhands/protocol/peer-message';
import type { Link, Transport } from '@manyhands/swarm/link';
import { reportError } from '../error-report.ts';
import { trySend } from '../link-io.ts';
import { createIntake } from './intake.ts';

/** One request that was answered, for the volunteer's own display. */
export interface EmbeddingWork {
  readonly textCount: number;
  readonly tokenCount: number;
  readonly computeMs: number;
  readonly bytesSent: number;
}

export interface EmbeddingHostOptions {
  readonly modelRoot: string;
  readonly dimension: number;
  readonly engine: { embed(texts: readonly string[]): Promise<EmbeddedTexts> };
  readonly transport: Transport;
  readonly onWork: (work: EmbeddingWork) => void;
  /** Requests that wait or run. */
  readonly onRequestCount: (requestCount: number) => void;
  /** Bytes of texts that came. */
  readonly onReceived?: (bytes: number) => void;
}

/** Serves strangers' requests for vectors on one model, one after another. */
export interface EmbeddingHost {
  /** Takes nothing new until `accept`. Resolves when all is answered, or dropped after the time. */
  drain(timeoutMs: number, signal: AbortSignal): Promise<void>;
  accept(): void;
  /** Drops what waits, tells the peers, stops listening. */
  dispose(reason: PeerMessageOf<'goodbye'>['reason']): Promise<void>;
}

interface Request {
  readonly link: Link;
  readonly message: PeerMessageOf<'request-embedding'>;
  readonly untilMs: number;
  isCancelled: boolean;
}

export function createEmbeddingHost(options: EmbeddingHostOptions): EmbeddingHost {
  const { transport } = options;
  const requests: Request[] = [];
  const removers = new Map<Link, () => void>();
  let isRunning = false;
  let isDisposed = false;
  const intake = createIntake(() => requests.length);

  const refuse = (
    link: Link,
    requestId: string,
    code: PeerMessageOf<'embedding-failed'>['code'],
    text: string,
  ): void => {
    trySend(link, { type: 'embedding-failed', requestId, code, message: text.slice(0, 500) });
  };

  const remove = (request: Request): void => {
    const index = requests.indexOf(request);
    if (index >= 0) requests.splice(index, 1);
    options.onRequestCount(requests.length);
    intake.ended();
  };

  const answer = async ({ link, message, untilMs }: Request): Promise<void> => {
    const { requestId, texts } = message;
    if (performance.now() > untilMs) {
      refuse(link, requestId, 'deadline-passed', 'Its turn came too late.');
      return;
    }
    const { vectors, tokenCount, computeMs } = await options.engine.embed(texts);
    const { dimension } = options;
    const bytes = encodeFrame({
      kind: 'vectors',
      sessionId: requestId,
      epoch: 0,
      step: 0,
      position: 0,
      tokenCount: texts.length,
      headRows: 0,
      dimension,
      vectors,
    });
    options.onWork({ textCount: texts.length, tokenCount, computeMs, bytesSent: bytes.length });
    if (!link.isOpen) return;
    link.sendFrame(bytes, 'bulk');
    link.sendMessage({ type: 'embedding-done', requestId, tokenCount, computeMs });
  };

  const run = async (): Promise<void> => {
    if (isRunning) return;
    isRunning = true;
    for (let next = requests[0]; next !== undefined && !isDisposed; next = requests[0]) {
      try {
        if (!next.isCancelled && next.link.isOpen) await answer(next);
      } catch (error) {
        const { code, message: text } = reportError(error);
        refuse(next.link, next.message.requestId, failureOf(code), text);
      }
      remove(next);
    }
    isRunning = false;
  };

  const take = (link: Link, message: PeerMessageOf<'request-embedding'>): void => {
    const { requestId, texts } = message;
    if (!intake.isOpen) {
      refuse(link, requestId, 'busy', 'This tab finishes what it has and takes nothing new.');
      return;
    }
    const problem = checkRequest(options, link, message, requests);
    if (problem !== undefined) {
      refuse(link, requestId, problem.code, problem.text);
      return;
    }
    options.onReceived?.(texts.reduce((sum, text) => sum + text.length, 0));
    const untilMs = performance.now() + message.deadlineMs;
    requests.push({ link, message, untilMs, isCancelled: false });
    options.onRequestCount(requests.length);
    void run();
  };

  const cancel = (link: Link, requestId: string): void => {
    for (const request of [...requests]) {
      if (request.link !== link || request.message.requestId !== requestId) continue;
      request.isCancelled = true;
      // The one that runs cannot be interrupted and leaves the queue when it ends.
      if (!isRunning || request !== requests[0]) remove(request);
    }
  };

  const attach = (link: Link): void => {
    const detach = link.listen({
      onMessage(message) {
        if (message.type === 'request-embedding') take(link, message);
        else if (message.type === 'cancel-embedding') cancel(link, message.requestId);
      },
      onFrame: () => undefined,
      onClose() {
        removers.delete(link);
        for (const { link: asker, message } of [...requests]) {
          if (asker === link) cancel(link, message.requestId);
        }
      },
    });
    removers.set(link, detach);
  };

  const sayGoodbye = (reason: PeerMessageOf<'goodbye'>['reason']): void => {
    const askers = new Set(requests.map(({ link }) => link));
    for (const link of removers.keys()) {
      if (askers.has(link)) trySend(link, { type: 'goodbye', reason });
    }
  };

  const removeOnLink = transport.onLink(attach);
  for (const link of transport.links.values()) attach(link);

  return {
    async drain(timeoutMs, signal) {
      if ((await intake.drain(timeoutMs, signal)) !== 'late') return;
      sayGoodbye('stopped');
      requests.length = 0;
      options.onRequestCount(0);
    },
    accept: intake.open,
    async dispose(reason) {
      if (isDisposed) return;
      isDisposed = true;
      removeOnLink();
      sayGoodbye(reason);
      for (const detach of removers.values()) detach();
      removers.clear();
      requests.length = 0;
    },
  };
}

/** Checks what a stranger's request states; its texts and bounds were parsed already. */
function checkRequest(
  { modelRoot }: EmbeddingHostOptions,
  link: Link,
  message: PeerMessageOf<'request-embedding'>,
  requests: readonly Request[],
): { code: PeerMessageOf<'embedding-failed'>['code']; text: string } | undefined {
  if (message.modelRoot !== modelRoot) {
    return { code: 'model-not-held', text: 'This tab does not hold this model any more.' };
  }
  if (requests.some((each) => each.message.requestId === message.requestId)) {
    return { code: 'malformed', text: 'A request with this id waits already.' };
  }
  const identity = identityOf(link.peerId);
  const ownCount = requests.filter((each) => identityOf(each.link.peerId) === identity).length;
  if (requests.length >= SESSIONS_MAX || ownCount >= EMBEDDING_REQUESTS_PER_PEER_MAX) {
    return { code: 'busy', text: 'This tab has as many requests as it takes at a time.' };
  }
  return undefined;
}

function failureOf(code: string): PeerMessageOf<'embedding-failed'>['code'] {
  switch (code) {
    case 'text-too-long':
    case 'out-of-memory':
    case 'device-lost':
      return code;
    // The tokenizer's word for a text far beyond any model.
    case 'unsupported-feature':
      return 'text-too-long';
    case 'over-budget':
      return 'busy';
    default:
      return 'engine';
  }
}
