import {
  CANDIDATE_COUNT_MAX,
  type Candidates,
  PAGE_POSITIONS,
  type SessionRange,
  type StepRequest,
  type StepResult,
} from '@manyhands/engine/stage';
import type { StageEngine } from '../volunteer/stage-host.ts';

export const TOY_HIDDEN_SIZE = 4;
const PRIME = 65_521;

/** A stage whose arithmetic is exact, so that any mistake in order, position or epoch changes the ids. */
export interface ToyEngine extends StageEngine {
  readonly sessionIds: ReadonlySet<string>;
  /** Steps are held back while true, as by a frozen tab. */
  isFrozen: boolean;
  /** The next step throws this instead of running. */
  nextError: Error | undefined;
  /** Called with each step before it runs. */
  onStep: ((request: StepRequest) => void) | undefined;
  stepCount: number;
  rowCount: number;
}

export interface ToyEngineOptions {
  readonly vocabSize: number;
  /**
   * Mostly the same token after the same token, so that the text goes round in circles; now and then
   * everything before decides, so that a mistake still changes the ids.
   */
  readonly isRepetitive?: boolean;
}

interface ToySession {
  readonly range: SessionRange;
  /** `[block][position]`: what the block saw, as a KV cache keeps it. */
  readonly seen: number[][];
}

/**
 * Not a language model: every block mixes its input with everything it saw at earlier positions, in
 * integers that f32 holds exactly. Whole, split, chunked or rebuilt, a right run gives equal ids.
 */
export function createToyEngine(options: ToyEngineOptions): ToyEngine {
  const sessions = new Map<string, ToySession>();
  /** What was seen by the end of a page, under the page's name. */
  const pages = new Map<string, number[][]>();
  const engine: ToyEngine = {
    get sessionIds() {
      return new Set(sessions.keys());
    },
    isFrozen: false,
    nextError: undefined,
    onStep: undefined,
    stepCount: 0,
    rowCount: 0,
    async openSession(sessionId, range, prefixKeys = []) {
      const blockCount = range.endBlock - range.firstBlock;
      const nothing: number[][] = Array.from({ length: blockCount }, () => []);
      const kept = prefixKeys.findLast((key) => pages.has(pageName(range, key)));
      const seen = kept === undefined ? nothing : (pages.get(pageName(range, kept)) ?? nothing);
      sessions.set(sessionId, { range, seen: seen.map((past) => [...past]) });
      return { reusedPositions: seen[0]?.length ?? 0 };
    },
    async closeSession(sessionId, prefixKeys = []) {
      if (engine.isFrozen) await new Promise(() => undefined);
      const session = sessions.get(sessionId);
      for (const [page, key] of session ? prefixKeys.entries() : []) {
        const end = (page + 1) * PAGE_POSITIONS;
        const seen = session?.seen.map((past) => past.slice(0, end)) ?? [];
        if (session && seen[0]?.length === end) pages.set(pageName(session.range, key), seen);
      }
      sessions.delete(sessionId);
    },
    async step(request) {
      engine.stepCount += 1;
      engine.onStep?.(request);
      engine.rowCount += request.tokenCount;
      if (engine.isFrozen) await new Promise(() => undefined);
      const { nextError } = engine;
      engine.nextError = undefined;
      if (nextError) throw nextError;
      const session = sessions.get(request.sessionId);
      if (!session) throw Object.assign(new Error('no session'), { code: 'unknown-session' });
      return runStep(session, request, options);
    },
  };
  return engine;
}

function pageName({ firstBlock, endBlock }: SessionRange, key: string): string {
  return `${firstBlock} ${endBlock} ${key}`;
}

function runStep(session: ToySession, request: StepRequest, options: ToyEngineOptions): StepResult {
  const { range, seen } = session;
  const { isRepetitive = false } = options;
  const length = seen[0]?.length ?? 0;
  if (request.position > length) throw Object.assign(new Error('gap'), { code: 'bad-step' });
  for (const past of seen) past.length = request.position;
  const hidden = new Float32Array(request.tokenCount * TOY_HIDDEN_SIZE);
  for (let row = 0; row < request.tokenCount; row++) {
    const start = row * TOY_HIDDEN_SIZE;
    let values = request.tokenIds
      ? Array.from({ length: TOY_HIDDEN_SIZE }, (_, i) => mix(request.tokenIds?.[row] ?? 0, i + 1))
      : Array.from(request.hidden?.subarray(start, start + TOY_HIDDEN_SIZE) ?? []);
    for (const [index, past] of seen.entries()) {
      const key = values.reduce((sum, value) => mix(sum, value), range.firstBlock + index + 1);
      past.push(key);
      const context = past.reduce((sum, value, position) => mix(sum, value + position), 1);
      values = values.map((value, i) =>
        isRepetitive && i === 0 ? value : mix(value + context, i + 7),
      );
    }
    hidden.set(values, start);
  }
  if (!range.heads) return { hidden };
  return { candidates: candidatesOf(hidden, request, options) };
}

function candidatesOf(
  hidden: Float32Array,
  request: StepRequest,
  { vocabSize, isRepetitive = false }: ToyEngineOptions,
): Candidates {
  const candidateCount = Math.min(CANDIDATE_COUNT_MAX, vocabSize);
  const rowCount = request.headRows;
  const tokenIds = new Uint32Array(rowCount * candidateCount);
  const logits = new Float32Array(rowCount * candidateCount);
  const logSumExp = new Float32Array(rowCount);
  for (let row = 0; row < rowCount; row++) {
    const start = (request.tokenCount - rowCount + row) * TOY_HIDDEN_SIZE;
    const whole = hidden.subarray(start, start + TOY_HIDDEN_SIZE).reduce((s, v) => mix(s, v), 3);
    const key = isRepetitive && whole % 8 > 0 ? mix((hidden[start] ?? 0) % 48, 3) : whole;
    const all = Array.from({ length: vocabSize }, (_, id) => ({
      id,
      logit: mix(key, id + 1) / 8192,
    })).sort((a, b) => b.logit - a.logit || a.id - b.id);
    logSumExp[row] = Math.log(all.reduce((sum, { logit }) => sum + Math.exp(logit), 0));
    for (const [index, { id, logit }] of all.slice(0, candidateCount).entries()) {
      tokenIds[row * candidateCount + index] = id;
      logits[row * candidateCount + index] = logit;
    }
  }
  return { rowCount, candidateCount, tokenIds, logits, logSumExp };
}

function mix(a: number, b: number): number {
  return (((a * 31 + b * 17 + 12_345) % PRIME) * 257 + ((a * b) % 251)) % PRIME;
}
