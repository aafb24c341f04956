/**
 * Wire versions this build speaks. Raise `max` on any change, `min` when an old form is dropped.
 *
 * 2: holdings and proposals name their kind of job, so that whole models can be held; embedding
 * requests and `vectors` frames. Strict schemas of version 1 refuse all of it, so 1 is dropped.
 *
 * 3: sessions are repaired (`rewire`, `replay`), partners beat. A stage of version 2 cannot take part in
 * a repair, so 2 is dropped.
 *
 * 4: proofs of links carry a membership, entries and watches may be of a circle, and asking for a placement
 * says how fast the device was. Strict schemas of version 3 refuse all of it, so 3 is dropped.
 */
export const PROTOCOL_VERSIONS: VersionRange = { min: 4, max: 4 };

export interface VersionRange {
  readonly min: number;
  readonly max: number;
}

/** The highest version both sides speak, or `undefined` when the ranges do not meet. */
export function chooseVersion(ours: VersionRange, theirs: VersionRange): number | undefined {
  const version = Math.min(ours.max, theirs.max);
  return version >= Math.max(ours.min, theirs.min) ? version : undefined;
}
