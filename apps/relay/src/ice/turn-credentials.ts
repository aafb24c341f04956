import { createHmac, randomBytes } from 'node:crypto';
import type { IceServers } from '@manyhands/protocol/relay-message';

/** A TURN server that makes no accounts but shares a secret (coturn's `use-auth-secret`). */
export interface TurnSettings {
  readonly urls: readonly string[];
  readonly secret: string;
  readonly ttlSeconds: number;
}

/** What tabs are told to use for WebRTC. */
export interface IceServerSource {
  /** Credentials of its own for each call. */
  issue(nowMs: number): IceServers;
  /** When what was issued should be replaced; never where nothing in it ends. */
  readonly renewAfterMs: number | undefined;
}

/**
 * Servers as the operator wrote them, and TURN with credentials that end: the user name is when, and a
 * random text that tells nobody apart; the password proves that this relay wrote it.
 * (draft-uberti-behave-turn-rest-00, which coturn implements.)
 */
export function createIceServerSource(
  iceServers: IceServers,
  turn: TurnSettings | undefined,
): IceServerSource {
  if (turn === undefined) return { issue: () => [...iceServers], renewAfterMs: undefined };
  const { urls, secret, ttlSeconds } = turn;
  return {
    issue(nowMs) {
      const expiresAt = Math.floor(nowMs / 1_000) + ttlSeconds;
      const username = `${expiresAt}:${randomBytes(6).toString('hex')}`;
      const credential = createHmac('sha1', secret).update(username).digest('base64');
      return [...iceServers, ...urls.map((url) => ({ urls: url, username, credential }))];
    },
    // Whoever dials in the last moment still has half of the time for it.
    renewAfterMs: ttlSeconds * 500,
  };
}
