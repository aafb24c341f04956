import { identityOf, type PeerId } from '@manyhands/protocol/id';
import { TUNNEL_WINDOW_BYTES } from '@manyhands/protocol/limits';
import { RATION_ACCOUNTS_MAX, RATION_BURST_SECONDS, RATION_PERIOD_MS } from '../limits.ts';

export interface Ration {
  readonly bytesPerSecond: number;
  readonly bytesPerHour: number;
}

/** What tunnels may use: between two peers, of one identity, of one address, and all together. */
export interface TunnelRations {
  readonly pair: Ration;
  readonly identity: Ration;
  readonly address: Ration;
  readonly relay: Ration;
}

/**
 * A token through a tab with the whole model costs about 2 KB, a hidden state of a small model 3 KB a
 * hop: a pair gets 100 tokens a second, and an hour of conversation. Identities cost nothing to make, so
 * it is the address and the relay's own ration that bound what somebody can carry off.
 */
export const DEFAULT_RATIONS: TunnelRations = {
  pair: { bytesPerSecond: 256 * 1024, bytesPerHour: 128 * 1024 ** 2 },
  identity: { bytesPerSecond: 512 * 1024, bytesPerHour: 256 * 1024 ** 2 },
  address: { bytesPerSecond: 1024 * 1024, bytesPerHour: 512 * 1024 ** 2 },
  relay: { bytesPerSecond: 4 * 1024 ** 2, bytesPerHour: 8 * 1024 ** 3 },
};

/** Who is at the ends of a tunnel: a peer and where it connects from. */
export interface TunnelEnd {
  readonly peerId: PeerId;
  readonly addressKey: string;
}

/** The accounts that one tunnel is paid from. */
export type Accounts = readonly Account[];

interface Account {
  readonly ration: Ration;
  readonly burstBytes: number;
  tokens: number;
  filledAtMs: number;
  periodBytes: number;
  periodStartedAtMs: number;
}

export interface Rationing {
  /** Both ends pay, and so does everybody on their addresses. Undefined: too many are remembered. */
  open(ends: readonly [TunnelEnd, TunnelEnd], nowMs: number): Accounts | undefined;
  /** Takes as much of `bytes` as every account allows now, and returns it. */
  take(accounts: Accounts, bytes: number, nowMs: number): number;
  giveBack(accounts: Accounts, bytes: number): void;
  /** An hour's total of one of the accounts is used up. */
  isSpent(accounts: Accounts, nowMs: number): boolean;
  /** Forgets accounts that are as good as new. */
  prune(nowMs: number): void;
}

export function createRationing(rations: TunnelRations): Rationing {
  const accounts = new Map<string, Account>();

  const accountOf = (name: string, ration: Ration, nowMs: number): Account => {
    const known = accounts.get(name);
    if (known !== undefined) return known;
    // Two full windows at least, or a slow ration would never let a tunnel begin.
    const burstBytes = Math.max(
      ration.bytesPerSecond * RATION_BURST_SECONDS,
      2 * TUNNEL_WINDOW_BYTES,
    );
    const account = {
      ration,
      burstBytes,
      tokens: burstBytes,
      filledAtMs: nowMs,
      periodBytes: 0,
      periodStartedAtMs: nowMs,
    };
    accounts.set(name, account);
    return account;
  };

  return {
    open([a, b], nowMs) {
      if (accounts.size >= RATION_ACCOUNTS_MAX) return undefined;
      const identities = [identityOf(a.peerId), identityOf(b.peerId)].sort();
      const named = new Map<string, Ration>([
        ['relay', rations.relay],
        [`pair ${identities.join(' ')}`, rations.pair],
      ]);
      // A map: two tabs of one profile, or of one household, pay once.
      for (const identity of identities) named.set(`identity ${identity}`, rations.identity);
      for (const end of [a, b]) named.set(`address ${end.addressKey}`, rations.address);
      return [...named].map(([name, ration]) => accountOf(name, ration, nowMs));
    },
    take(paid, bytes, nowMs) {
      const allowed = Math.floor(
        Math.min(bytes, ...paid.map((account) => availableIn(account, nowMs))),
      );
      for (const account of paid) {
        account.tokens -= allowed;
        account.periodBytes += allowed;
      }
      return allowed;
    },
    giveBack(paid, bytes) {
      for (const account of paid) {
        account.tokens = Math.min(account.burstBytes, account.tokens + bytes);
        account.periodBytes = Math.max(0, account.periodBytes - bytes);
      }
    },
    isSpent(paid, nowMs) {
      return paid.some((account) => {
        availableIn(account, nowMs);
        return account.periodBytes >= account.ration.bytesPerHour;
      });
    },
    prune(nowMs) {
      for (const [name, account] of accounts) {
        if (nowMs - account.filledAtMs >= RATION_PERIOD_MS) accounts.delete(name);
      }
    },
  };
}

/** Brings an account up to date and says what it allows. */
function availableIn(account: Account, nowMs: number): number {
  const { ration, burstBytes } = account;
  const elapsedMs = Math.max(0, nowMs - account.filledAtMs);
  account.tokens = Math.min(
    burstBytes,
    account.tokens + (elapsedMs / 1_000) * ration.bytesPerSecond,
  );
  account.filledAtMs = nowMs;
  if (nowMs - account.periodStartedAtMs >= RATION_PERIOD_MS) {
    account.periodStartedAtMs = nowMs;
    account.periodBytes = 0;
  }
  return Math.max(0, Math.min(account.tokens, ration.bytesPerHour - account.periodBytes));
}
