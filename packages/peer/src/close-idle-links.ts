import type { Link, Transport } from '@manyhands/swarm/link';
import { LINK_IDLE_TIMEOUT_MS } from './limits.ts';

/**
 * Closes links on which nothing came in for a while, so that a popular volunteer's places are not held
 * by people who asked once. Every exchange answers with something (a credit at least), so looking at
 * one direction is enough. Returns what ends the watch.
 */
export function closeIdleLinks(
  transport: Transport,
  idleMs: number = LINK_IDLE_TIMEOUT_MS,
): () => void {
  const heardAtMs = new Map<Link, number>();
  const remove = transport.onLink((link) => {
    const hear = (): void => void heardAtMs.set(link, performance.now());
    hear();
    link.listen({ onMessage: hear, onFrame: hear, onClose: () => heardAtMs.delete(link) });
  });
  const timer = setInterval(() => {
    for (const [link, atMs] of [...heardAtMs]) {
      if (performance.now() - atMs > idleMs) link.close('closed-locally');
    }
  }, idleMs / 6);
  return () => {
    clearInterval(timer);
    remove();
  };
}
