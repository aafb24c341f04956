import type { ModelConfig } from '@manyhands/model/config';
import type { Backend, ChunkResult } from './backend.ts';
import type { Session } from './create-stage.ts';
import { type CutChunk, cutPass, type PreparedStep } from './cut-pass.ts';
import { EngineError } from './error.ts';
import { CHUNKS_IN_FLIGHT_MAX } from './limits.ts';
import type { StepOutcome, StepRequest } from './stage.ts';
import { checkStep } from './step-checks.ts';
import { CANDIDATE_ROW_WORDS, candidatesResult, hiddenResult } from './step-results.ts';

export interface PassDeps {
  readonly backend: Backend;
  readonly config: ModelConfig;
  find(sessionId: string): Session | undefined;
  /** Throws once the stage or its device is gone. */
  checkUsable(): void;
}

/** Where one step of a pass stands. */
interface Running {
  readonly request: StepRequest;
  readonly session: Session;
  readonly parts: ArrayBuffer[];
}

/** Runs steps of different sessions; what is wrong with one does not touch the others. */
export async function runPass(
  deps: PassDeps,
  requests: readonly StepRequest[],
): Promise<{ outcomes: StepOutcome[]; dispatchCount: number }> {
  const running: Running[] = [];
  const prepared: PreparedStep[] = [];
  const started = requests.map((request, i) => {
    try {
      if (requests.findIndex(({ sessionId }) => sessionId === request.sessionId) < i) {
        throw new EngineError('bad-step', 'a pass takes one step of each session');
      }
      const session = findSession(deps, request.sessionId);
      checkStep(deps.config, session.range, session.kvLength, request);
      const pages = preparePages(deps, session, request);
      prepared.push({ request, range: session.range, pages });
      const step: Running = { request, session, parts: [] };
      running.push(step);
      return step;
    } catch (error) {
      return asFailure(error);
    }
  });
  const chunks = cutPass(prepared, deps.config.hiddenSize);
  const dispatchCount = await runChunks(deps, running, chunks);
  const outcomes = started.map((step) => ('error' in step ? step : finish(deps, step)));
  return { outcomes, dispatchCount };
}

function findSession({ find }: PassDeps, sessionId: string): Session {
  const session = find(sessionId);
  if (session !== undefined) return session;
  throw new EngineError('unknown-session', 'the session is not open here; open it again');
}

/**
 * Makes the step's pages writable. Copies go ahead of the whole pass: of two sessions that share a
 * page, the second to write keeps it, and its chunk may come first.
 */
function preparePages(
  { backend }: PassDeps,
  { range, pages }: Session,
  { position, tokenCount }: StepRequest,
): readonly number[] {
  if (range.firstBlock === range.endBlock) return [];
  const copies = pages.write(position, position + tokenCount);
  if (copies.length > 0) backend.copyPages(range, copies);
  return [...pages.pages];
}

/** Gives chunks to the backend ahead of their results, which come in order. */
async function runChunks(
  deps: PassDeps,
  running: readonly Running[],
  chunks: readonly CutChunk[],
): Promise<number> {
  // From here on the KV length is what was computed, also where the pass fails.
  for (const { session, request } of running) session.kvLength = request.position;
  const inFlight: { chunk: CutChunk; result: Promise<ChunkResult> }[] = [];
  let dispatchCount = 0;
  const takeFirst = async (): Promise<void> => {
    const first = inFlight.shift();
    if (first === undefined) return;
    const { rows, dispatchCount: count } = await first.result;
    dispatchCount += count;
    takeRows(deps, running, first.chunk, rows);
  };
  try {
    for (const whole of chunks) {
      const chunk = withoutClosed(deps, running, whole);
      if (chunk.segments.length === 0) continue;
      const result = deps.backend.run(chunk);
      // Awaited in order: until then a failure is not unhandled.
      result.catch(() => undefined);
      inFlight.push({ chunk, result });
      if (inFlight.length >= CHUNKS_IN_FLIGHT_MAX) await takeFirst();
    }
    while (inFlight.length > 0) await takeFirst();
  } catch (error) {
    // What the device says it is matters more than how the pass noticed.
    deps.checkUsable();
    throw error;
  }
  return dispatchCount;
}

/** Nobody waits for the rest of a session that was closed meanwhile. */
function withoutClosed(deps: PassDeps, running: readonly Running[], chunk: CutChunk): CutChunk {
  const isOpen = (i: number): boolean => {
    const { request, session } = running[chunk.stepOf[i] as number] as Running;
    return deps.find(request.sessionId) === session;
  };
  return {
    ...chunk,
    segments: chunk.segments.filter((_, i) => isOpen(i)),
    stepOf: chunk.stepOf.filter((_, i) => isOpen(i)),
  };
}

/** Gives each step its rows of a chunk and counts what is cached now. */
function takeRows(
  { config }: PassDeps,
  running: readonly Running[],
  { range, segments, stepOf }: CutChunk,
  rows: ArrayBuffer,
): void {
  const rowBytes = range.heads ? CANDIDATE_ROW_WORDS * 4 : config.hiddenSize * 4;
  let at = 0;
  for (const [i, { position, tokenCount, headRows }] of segments.entries()) {
    const { session, parts } = running[stepOf[i] as number] as Running;
    const end = at + (range.heads ? headRows : tokenCount) * rowBytes;
    parts.push(segments.length === 1 ? rows : rows.slice(at, end));
    at = end;
    session.kvLength = position + tokenCount;
  }
}

function finish(deps: PassDeps, { request, session, parts }: Running): StepOutcome {
  try {
    if (findSession(deps, request.sessionId) !== session) {
      throw new EngineError('unknown-session', 'the session was closed meanwhile; open it again');
    }
    const { vocabSize } = deps.config;
    const result = session.range.heads ? candidatesResult(parts, vocabSize) : hiddenResult(parts);
    session.pages.commit(session.kvLength);
    return { result };
  } catch (error) {
    // Rows that gave no numbers are not cached: nobody goes on from them or reuses their pages.
    session.kvLength = request.position;
    return asFailure(error);
  }
}

function asFailure(error: unknown): { readonly error: EngineError } {
  if (error instanceof EngineError) return { error };
  throw error;
}
