import { PeerError } from '../error.ts';
import { REPETITION_WINDOW_TOKENS } from '../limits.ts';
import type { SamplingOptions } from './answer.ts';

/** The likeliest tokens of one position, logits descending, with the whole vocabulary's log-sum-exp. */
export interface CandidateRow {
  readonly tokenIds: Uint32Array;
  readonly logits: Float32Array;
  readonly logSumExp: number;
}

interface Choice {
  readonly tokenId: number;
  readonly logit: number;
}

/**
 * Chooses the next token: repetition penalty, top-k, top-p, min-p, temperature, in llama.cpp's order.
 * Only the top 64 logits cross the wire, so a penalty cannot lift a token from below them, and what
 * lies below counts as probability mass that is never drawn. Pure: the same seed and position give
 * the same draw, which is what makes a repaired answer equal to an undisturbed one.
 */
export function sampleToken(
  row: CandidateRow,
  history: readonly number[],
  options: SamplingOptions,
  seed: number,
): number {
  const penalised = applyPenalty(row, history, options.repetitionPenalty);
  const best = penalised[0];
  if (best === undefined) throw new PeerError('bad-frame', 'The head returned no candidates.');
  if (options.temperature === 0) return best.tokenId;
  const kept = cutTail(penalised, row, options);
  const weights = kept.map(({ logit }) => Math.exp((logit - best.logit) / options.temperature));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let rest = uniform(seed, history.length) * total;
  for (const [index, weight] of weights.entries()) {
    rest -= weight;
    if (rest < 0) return kept[index]?.tokenId ?? best.tokenId;
  }
  return kept.at(-1)?.tokenId ?? best.tokenId;
}

/** Throws `bad-sampling` with the allowed range for the first option out of it. */
export function checkSampling(options: SamplingOptions): void {
  const rules: readonly (readonly [keyof SamplingOptions, number, number])[] = [
    ['temperature', 0, 10],
    ['topK', 0, 1_000_000],
    ['topP', 0, 1],
    ['minP', 0, 1],
    ['repetitionPenalty', 0.1, 10],
    ['seed', 0, 0xffff_ffff],
  ];
  for (const [name, min, max] of rules) {
    const value = options[name];
    if (name === 'seed' && value === undefined) continue;
    const isWhole = name !== 'topK' && name !== 'seed';
    if (!(typeof value === 'number' && value >= min && value <= max)) {
      throw new PeerError('bad-sampling', `${name} must be a number from ${min} to ${max}.`);
    }
    if (!isWhole && !Number.isInteger(value)) {
      throw new PeerError('bad-sampling', `${name} must be a whole number.`);
    }
  }
  for (const name of Object.keys(options)) {
    if (!rules.some(([known]) => known === name)) {
      throw new PeerError('bad-sampling', `There is no sampling option called ${name}.`);
    }
  }
}

function applyPenalty(
  row: CandidateRow,
  history: readonly number[],
  penalty: number,
): readonly Choice[] {
  const choices = Array.from(row.tokenIds, (tokenId, index) => ({
    tokenId,
    logit: row.logits[index] ?? Number.NEGATIVE_INFINITY,
  }));
  if (penalty === 1) return choices;
  const recent = new Set(history.slice(-REPETITION_WINDOW_TOKENS));
  return choices
    .map(({ tokenId, logit }) => {
      if (!recent.has(tokenId)) return { tokenId, logit };
      return { tokenId, logit: logit > 0 ? logit / penalty : logit * penalty };
    })
    .sort((a, b) => b.logit - a.logit || a.tokenId - b.tokenId);
}

function cutTail(
  choices: readonly Choice[],
  row: CandidateRow,
  options: SamplingOptions,
): readonly Choice[] {
  const kept = options.topK > 0 ? choices.slice(0, options.topK) : choices;
  // The mass below the 64 listed logits is exact, because the log-sum-exp covers the vocabulary.
  const listed = row.logits.reduce((sum, logit) => sum + Math.exp(logit - row.logSumExp), 0);
  const tail = options.topK > 0 ? 0 : Math.max(0, 1 - listed);
  const masses = kept.map(({ logit }) => Math.exp(logit - row.logSumExp));
  const total = masses.reduce((sum, mass) => sum + mass, tail);
  const floor = (masses[0] ?? 0) * options.minP;
  let cumulated = 0;
  let count = 0;
  for (const mass of masses) {
    if (count > 0 && (cumulated >= options.topP * total || mass < floor)) break;
    cumulated += mass;
    count += 1;
  }
  return kept.slice(0, count);
}

/** A number in [0, 1) from two integers (murmur3's finaliser over a Weyl sequence, 53 bits). */
function uniform(seed: number, position: number): number {
  const high = mix((seed ^ Math.imul(position + 1, 0x9e3779b9)) >>> 0);
  const low = mix((high ^ Math.imul(position + 1, 0x85ebca6b) ^ (seed >>> 3)) >>> 0);
  return (high * 2 ** 21 + (low >>> 11)) / 2 ** 53;
}

function mix(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
