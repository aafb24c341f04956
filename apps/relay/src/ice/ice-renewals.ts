import type { IceServers } from '@manyhands/protocol/relay-message';
import type { IceServerSource } from './turn-credentials.ts';

/** Who was given credentials when, so that sockets which stay open get new ones in time. */
export interface IceRenewals<Holder> {
  issue(holder: Holder, nowMs: number): IceServers;
  drop(holder: Holder): void;
  tick(nowMs: number): void;
}

export function createIceRenewals<Holder>(
  source: IceServerSource,
  renew: (holder: Holder, iceServers: IceServers) => void,
): IceRenewals<Holder> {
  /** Re-inserted at each issue, so that whoever comes first is due first. */
  const issuedAtMs = new Map<Holder, number>();
  const issue = (holder: Holder, nowMs: number): IceServers => {
    if (source.renewAfterMs !== undefined) {
      issuedAtMs.delete(holder);
      issuedAtMs.set(holder, nowMs);
    }
    return source.issue(nowMs);
  };
  return {
    issue,
    drop: (holder) => issuedAtMs.delete(holder),
    tick(nowMs) {
      const { renewAfterMs } = source;
      if (renewAfterMs === undefined) return;
      const due: Holder[] = [];
      for (const [holder, atMs] of issuedAtMs) {
        if (nowMs - atMs < renewAfterMs) break;
        due.push(holder);
      }
      for (const holder of due) renew(holder, issue(holder, nowMs));
    },
  };
}
