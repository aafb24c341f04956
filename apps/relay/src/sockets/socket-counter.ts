import { RELAY_SOCKETS_PER_ADDRESS_MAX } from '@manyhands/protocol/limits';
import { SOCKETS_MAX } from '../limits.ts';

/** Counts sockets by address. Addresses live here while a socket is open and nowhere else. */
export interface SocketCounter {
  readonly total: number;
  /** `refuse` opens the socket to say why; `drop` is for those that keep coming anyway. */
  admit(address: string): 'open' | 'refuse' | 'drop';
  release(address: string): void;
}

export function createSocketCounter(perAddressMax = RELAY_SOCKETS_PER_ADDRESS_MAX): SocketCounter {
  const byAddress = new Map<string, number>();
  let total = 0;
  return {
    get total() {
      return total;
    },
    admit(address) {
      const count = byAddress.get(address) ?? 0;
      if (total >= SOCKETS_MAX || count >= perAddressMax * 2) return 'drop';
      byAddress.set(address, count + 1);
      total += 1;
      return count >= perAddressMax ? 'refuse' : 'open';
    },
    release(address) {
      const count = byAddress.get(address) ?? 0;
      total -= 1;
      if (count <= 1) byAddress.delete(address);
      else byAddress.set(address, count - 1);
    },
  };
}
