export interface CandidatesReference {
  readonly tokenIds: readonly number[];
  readonly logits: readonly number[];
  readonly logSumExp: number;
}

/** The largest `count` logits of one row, ties by lower id. */
export function candidatesReference(logits: Float32Array, count: number): CandidatesReference {
  const at = (id: number) => logits[id] as number;
  const order = Array.from(logits.keys()).sort((a, b) => at(b) - at(a) || a - b);
  const tokenIds = order.slice(0, count);
  const peak = at(order[0] as number);
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - peak), 0);
  return { tokenIds, logits: tokenIds.map(at), logSumExp: peak + Math.log(sum) };
}
