import type { CheckResult, PreflightScope } from './check.ts';

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
  const id = 'local-network';
  switch (permission) {
    case undefined:
      return {
        id,
        level: 'unknown',
        text: 'This browser has no permission for the local network.',
      };
    case 'granted':
      return { id, level: 'ok', text: 'The local network may be used.' };
    case 'prompt':
      return {
        id,
        level: 'ok',
        text: 'The browser may ask whether this site may use the local network.',
        remedy: 'Allow it when it asks: devices at your place then reach each other directly.',
      };
    case 'denied':
      return {
        id,
        level: 'warning',
        text: 'This site may not use the local network: devices at your place are hard to reach.',
        remedy:
          'Allow “Local network access” in the site settings beside the address, then reload.',
      };
    default:
      return permission satisfies never;
  }
}
