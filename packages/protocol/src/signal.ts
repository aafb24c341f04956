import * as v from 'valibot';
import { ProtocolError } from './error.ts';
import { EphemeralKey, Nonce, TunnelId } from './id.ts';

const Sdp = v.pipe(v.string(), v.maxLength(16_384));
/** ICE restarts of the connection so far: what belongs to an earlier one comes too late. */
const Restart = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffff));

/** What a sealed blob holds: signalling and nothing else. */
export const Signal = v.variant('type', [
  /** `dialId` names the attempt, so that a late answer is recognised. */
  v.strictObject({ type: v.literal('offer'), dialId: Nonce, restart: Restart, sdp: Sdp }),
  v.strictObject({ type: v.literal('answer'), dialId: Nonce, restart: Restart, sdp: Sdp }),
  v.strictObject({
    type: v.literal('candidate'),
    dialId: Nonce,
    restart: Restart,
    candidate: v.pipe(v.string(), v.maxLength(1_024)),
    sdpMid: v.nullable(v.pipe(v.string(), v.maxLength(64))),
    sdpMLineIndex: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(64))),
  }),
  /** The lower peer id initiates: the higher one asks it to. */
  v.strictObject({ type: v.literal('dial-me'), dialId: Nonce }),
  /** The path of an open link broke off: only the initiator can look for another one. */
  v.strictObject({ type: v.literal('restart-me'), dialId: Nonce }),
  v.strictObject({
    type: v.literal('decline'),
    dialId: Nonce,
    code: v.picklist(['too-many-links', 'not-serving', 'busy', 'no-tunnels']),
  }),
  /** No direct connection came about, or none is wanted: meet in this tunnel through the relay. */
  v.strictObject({
    type: v.literal('tunnel-offer'),
    dialId: Nonce,
    tunnelId: TunnelId,
    key: EphemeralKey,
  }),
  v.strictObject({ type: v.literal('tunnel-answer'), dialId: Nonce, key: EphemeralKey }),
  /** The lower peer id offers tunnels too: the higher one asks it to. */
  v.strictObject({ type: v.literal('tunnel-me'), dialId: Nonce }),
]);
export type Signal = v.InferOutput<typeof Signal>;

/** Parses the plaintext of a sealed blob. Throws `ProtocolError` `malformed`. */
export function parseSignal(text: string): Signal {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ProtocolError('malformed', 'A signal is not JSON.', { cause });
  }
  const result = v.safeParse(Signal, value);
  if (!result.success) throw new ProtocolError('malformed', 'A signal is malformed.');
  return result.output;
}
