import type { PathSettings, Peer } from '@manyhands/peer/create-peer';
import type { CheckResult } from '@manyhands/peer/preflight/check';
import type { PreflightOptions } from '@manyhands/peer/preflight/preflight';

/** Fetches the code of the network, which the first page does not wait for, and joins the swarm. */
export async function openPeer(paths: PathSettings, origin: string): Promise<Peer> {
  const { createPeer } = await import('@manyhands/peer/create-peer');
  return createPeer({ origin, paths });
}

/** Looks at this browser. The code comes when the Contribute page does. */
export async function runPreflight(
  options: Omit<PreflightOptions, 'scope'>,
): Promise<readonly CheckResult[]> {
  const checks = await import('@manyhands/peer/preflight/preflight');
  return checks.runPreflight({ ...options, scope: globalThis });
}
