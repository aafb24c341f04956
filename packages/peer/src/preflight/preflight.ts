import type { IceServers } from '@manyhands/protocol/relay-message';
import { withDeadline } from '../deadline.ts';
import { PREFLIGHT_TIMEOUT_MS } from '../limits.ts';
import type { CheckId, CheckResult, PreflightScope } from './check.ts';
import {
  checkBattery,
  checkCompute,
  checkGpu,
  checkMemory,
  checkSecureContext,
  checkVisibility,
} from './check-device.ts';
import { checkNat } from './check-nat.ts';
import { checkStorage } from './check-storage.ts';
import { checkWebRtc } from './check-webrtc.ts';
import { checkLocalNetwork, readLocalNetworkPermission } from './local-network.ts';

export interface PreflightOptions {
  readonly scope: PreflightScope;
  readonly hasWasmSimd: boolean;
  /** What the relay recommends; undefined before it was reached. */
  readonly iceServers: IceServers | undefined;
  /**
   * `quiet` asks nothing outside of this page. `thorough` also has the browser name a GPU and ask the
   * relay's STUN servers, which see this device's address as they do with every connection: a person
   * has to want that.
   */
  readonly depth: 'quiet' | 'thorough';
}

/**
 * Whether this browser can contribute, and what to do where it cannot. Nothing is downloaded, nothing is
 * computed, and no address leaves this function. Never rejects; every check has a bound in time.
 */
export async function runPreflight(options: PreflightOptions): Promise<readonly CheckResult[]> {
  const { scope, hasWasmSimd, iceServers, depth } = options;
  const isThorough = depth === 'thorough';
  const permission = await bounded(readLocalNetworkPermission(scope), undefined);
  // Where the browser would ask the person, two tabs of one page are not connected without being told to.
  const mayConnect = isThorough || permission !== 'prompt';
  const checks: readonly (readonly [CheckId, Promise<CheckResult> | CheckResult])[] = [
    ['secure-context', checkSecureContext(scope)],
    ['compute', checkCompute(scope, hasWasmSimd)],
    ['gpu', checkGpu(scope, isThorough)],
    ['webrtc', checkWebRtc(scope, mayConnect)],
    ['nat', checkNat(scope, iceServers, isThorough)],
    ['local-network', checkLocalNetwork(permission)],
    ['storage', checkStorage(scope)],
    ['memory', checkMemory(scope)],
    ['battery', checkBattery(scope)],
    ['visibility', checkVisibility(scope)],
  ];
  return Promise.all(
    checks.map(([id, check]) => {
      const late: CheckResult = { id, level: 'unknown', finding: 'late' };
      return bounded(Promise.resolve(check), late);
    }),
  );
}

/** `fallback` for whatever fails or takes too long: a check that breaks is no verdict. */
function bounded<Value>(promise: Promise<Value>, fallback: Value): Promise<Value> {
  return withDeadline(promise, PREFLIGHT_TIMEOUT_MS, () => new Error('late')).catch(() => fallback);
}
