import { decodeFrame, type Frame } from '@manyhands/protocol/frame';
import type { LinkPath, PeerMessage } from '@manyhands/protocol/peer-message';
import type { Link } from '@manyhands/swarm/link';

/** A link that closed meanwhile has told its own listeners; there is nobody left to answer. */
export function trySend(link: Link, message: PeerMessage): void {
  if (!link.isOpen) return;
  try {
    link.sendMessage(message);
  } catch {
    // The link's `onClose` handlers clean up.
  }
}

/**
 * A frame that does not parse belongs to no session and no request that could be told; its sender's
 * step deadline tells the owner of a session.
 */
export function tryDecode(bytes: Uint8Array<ArrayBuffer>): Frame | undefined {
  try {
    return decodeFrame(bytes);
  } catch {
    return undefined;
  }
}

/** The way of a link; undefined for one that cannot tell (any more). */
export async function pathOf(link: Link | undefined): Promise<LinkPath | undefined> {
  return link?.stats().then(
    (stats) => stats.path,
    () => undefined,
  );
}
