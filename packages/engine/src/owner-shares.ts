import { READ_ALONG_MS } from './limits.ts';

/** Who used how much of a stage lately, so that those who wait can be served by turns. */
export interface OwnerShares {
  /** A step of this owner waits. */
  came(owner: string, nowMs: number): void;
  used(owner: string, rowCount: number): void;
  /** Rows this owner had; less means that it is its turn. */
  rowsOf(owner: string): number;
  /** Owners with a step within the last moments: their next one will come soon. */
  activeCount(nowMs: number): number;
}

/**
 * Counts rows as fair queues count bytes: whoever comes after a pause begins level with the one who
 * had least, so that nobody saves turns up while away.
 */
export function createOwnerShares(): OwnerShares {
  const owners = new Map<string, { rows: number; cameMs: number }>();

  const dropIdle = (nowMs: number): void => {
    for (const [owner, { cameMs }] of owners) {
      if (nowMs - cameMs > READ_ALONG_MS) owners.delete(owner);
    }
  };

  return {
    came(owner, nowMs) {
      const known = owners.get(owner);
      if (known) {
        known.cameMs = nowMs;
        return;
      }
      dropIdle(nowMs);
      const others = [...owners.values()].map(({ rows }) => rows);
      owners.set(owner, { rows: others.length > 0 ? Math.min(...others) : 0, cameMs: nowMs });
    },
    used(owner, rowCount) {
      const known = owners.get(owner);
      if (known) known.rows += rowCount;
    },
    rowsOf: (owner) => owners.get(owner)?.rows ?? 0,
    activeCount(nowMs) {
      dropIdle(nowMs);
      return owners.size;
    },
  };
}
