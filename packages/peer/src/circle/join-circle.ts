import { deviceSizes } from '@manyhands/model/device-sizes';
import { openWeightStore } from '@manyhands/model/store/weight-store';
import type { Circle } from '@manyhands/swarm/circle';
import { createCircleRelay } from '@manyhands/swarm/circle-relay';
import type { Transport } from '@manyhands/swarm/link';
import type { RelayGroup } from '@manyhands/swarm/relay-group';
import type { SocketHost } from '@manyhands/swarm/socket';
import type { CatalogClient } from '../catalog-client.ts';
import { EXPIRY_CHECK_MS } from '../limits.ts';
import { createCircleNetwork } from './circle-network.ts';
import { proposePlacement } from './propose-placement.ts';

export interface CircleParts {
  readonly group: RelayGroup;
  readonly circle: Circle;
  readonly transport: Transport;
  readonly catalog: CatalogClient;
  readonly host: Pick<SocketHost, 'setTimer'>;
  /** The circle's time is over: nothing of it may go on. */
  readonly onExpired: () => void;
}

/**
 * The relays as a member of a circle uses them: whatever would tell them which model it is about, or
 * would be their word about members, this tab does itself.
 */
export function joinCircle(parts: CircleParts): RelayGroup {
  const { group, circle, transport, catalog, host } = parts;
  const { peerId } = transport;
  const { announce, withdraw, watch } = createCircleRelay({ relay: group, circle, peerId });
  const readSizes = async (modelRoot: string, signal: AbortSignal) => {
    const location = await catalog.locate(modelRoot, signal);
    const weights = await openWeightStore({ modelRoot, ...location, signal });
    weights.close();
    return deviceSizes(weights.manifest);
  };
  const network = createCircleNetwork({ watch, catalog, transport, host });
  let cancelCheck = (): void => undefined;
  const checkExpiry = (): void => {
    const leftMs = circle.expiresAtMs - Date.now();
    if (leftMs > 0) {
      cancelCheck = host.setTimer(checkExpiry, Math.min(leftMs, EXPIRY_CHECK_MS));
      return;
    }
    withdraw();
    network.dispose();
    parts.onExpired();
  };
  checkExpiry();
  const changes: Partial<RelayGroup> = {
    announce,
    withdraw,
    watch,
    watchNetwork: network.watch,
    requestPlacement: (request, signal) =>
      proposePlacement({ watch, catalog, readSizes, peerId, ...request }, signal),
    // It would tell the relay which model a member used, and whom it met.
    report: async () => 'unsupported',
    dispose() {
      cancelCheck();
      network.dispose();
      group.dispose();
    },
  };
  // Not spread: what stands in getters has to be read when it is asked for.
  return Object.defineProperties(
    {},
    {
      ...Object.getOwnPropertyDescriptors(group),
      ...Object.getOwnPropertyDescriptors(changes),
    },
  ) as RelayGroup;
}
