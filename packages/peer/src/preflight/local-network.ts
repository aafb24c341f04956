import { type CheckResult, found, type PreflightScope } from './check.ts';

/** Chrome 145 split its permission; before, and elsewhere, there was one name or none. */
const PERMISSION_NAMES = ['local-network', 'local-network-access'];

/** Undefined where the browser has no such permission. */
export async function readLocalNetworkPermission({
  navigator,
}: PreflightScope): Promise<PermissionState | undefined> {
  for (const name of PERMISSION_NAMES) {
    try {
      const status = await navigator.permissions?.query({ name: name as PermissionName });
      if (status !== undefined) return status.state;
    } catch {
      // An unknown name is a TypeError: the next one.
    }
  }
  return undefined;
}

/** Whether tabs on the same network may be reached the short way. */
export function checkLocalNetwork(permission: PermissionState | undefined): CheckResult {
  switch (permission) {
    case undefined:
      return found('no-local-permission');
    case 'granted':
      return found('local-granted');
    case 'prompt':
      return found('local-prompt');
    case 'denied':
      return found('local-denied');
    default:
      return permission satisfies never;
  }
}
