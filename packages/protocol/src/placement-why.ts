import * as v from 'valibot';

const CopyCount = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1_000_000));
/** Of all who wait together. */
const AddedRate = v.optional(v.pipe(v.number(), v.finite(), v.minValue(0)));
/** Why a newcomer should hold what is proposed, in figures: a page has words of its own for them. */
export const PlacementWhy = v.variant('code', [
  /** All of the model fits, of which there are so many complete copies. */
  v.strictObject({ code: v.literal('whole'), copies: CopyCount, tokensPerSecond: AddedRate }),
  /** The range of the size that fits which the fewest hold: one of its blocks is held only so often. */
  v.strictObject({ code: v.literal('thinnest'), copies: CopyCount }),
  /** The range of the size that fits with which most is gained. */
  v.strictObject({ code: v.literal('fastest'), copies: CopyCount, tokensPerSecond: AddedRate }),
  /** A whole model that was asked for. */
  v.strictObject({ code: v.literal('as-asked') }),
]);
export type PlacementWhy = v.InferOutput<typeof PlacementWhy>;
