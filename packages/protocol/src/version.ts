import type { FromRelay, ToRelay } from './relay-message.ts';

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
 *
 * 5: tabs may tell their relay about an answer (`report`, `reported`) and how many tokens they served (`tally`);
 * a relay says `relay-outdated` to pages that are too new for it, and why it proposes a placement also in figures
 * (`why`). Only these messages and this field are new, and they are sent where both ends chose 5 (`MESSAGE_SINCE`,
 * `inVersion`). Everything between tabs is as it was. So 4 stays: its pages and relays work with those of 5, without them.
 */
export const PROTOCOL_VERSIONS: VersionRange = { min: 4, max: 5 };

export interface VersionRange {
  readonly min: number;
  readonly max: number;
}

/** The highest version both sides speak, or `undefined` when the ranges do not meet. */
export function chooseVersion(ours: VersionRange, theirs: VersionRange): number | undefined {
  const version = Math.min(ours.max, theirs.max);
  return version >= Math.max(ours.min, theirs.min) ? version : undefined;
}

type MessageType = ToRelay['type'] | FromRelay['type'];

/**
 * Messages that came with a version of which an older one is still spoken. Strict schemas of that refuse them, so
 * they cross only sockets that chose theirs, or a later one.
 */
export const MESSAGE_SINCE: Readonly<Partial<Record<MessageType, number>>> = {
  report: 5,
  tally: 5,
  reported: 5,
};

/** A message of a relay without the fields that a socket of this version would refuse. */
export function inVersion(message: FromRelay, version: number): FromRelay {
  if (message.type !== 'placement-proposal' || version >= 5) return message;
  const { why: _why, ...known } = message;
  return known;
}

/** Whether messages of this type may cross a socket that chose this version. */
export function isSpoken(type: MessageType, version: number): boolean {
  return version >= (MESSAGE_SINCE[type] ?? 0);
}
