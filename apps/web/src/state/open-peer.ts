import type { Peer } from '@manyhands/peer/create-peer';
import type { PathSettings } from '@manyhands/peer/join-swarm';
import type { CheckResult } from '@manyhands/peer/preflight/check';
import type { PreflightOptions } from '@manyhands/peer/preflight/preflight';
import { openCircle } from '@manyhands/swarm/circle';
import type { Scope } from './tiers.ts';

/** Fetches the code of the network, which the first page does not wait for, and joins what was chosen. */
export async function openPeer(paths: PathSettings, scope: Scope, origin: string): Promise<Peer> {
  if (scope.tier === 'local') {
    const { createLocalPeer } = await import('@manyhands/peer/create-local-peer');
    return createLocalPeer({ origin });
  }
  const { createPeer } = await import('@manyhands/peer/create-peer');
  if (!('circle' in scope)) return createPeer({ origin, paths });
  // A key of its own, which ends with the page: nobody can tell who of the public network is in a circle.
  return createPeer({ origin, paths, identity: 'memory', circle: openCircle(scope.circle) });
}

/** Looks at this browser. The code comes when the Contribute page does. */
export async function runPreflight(
  options: Omit<PreflightOptions, 'scope'>,
): Promise<readonly CheckResult[]> {
  const checks = await import('@manyhands/peer/preflight/preflight');
  return checks.runPreflight({ ...options, scope: globalThis });
}
