import { encodeBase64 } from '@manyhands/protocol/base64';
import type { DirectoryEntry } from '@manyhands/protocol/directory';
import { describe, expect, it } from 'vitest';
import type { Connection } from '../sockets/connection.ts';
import type { Proven } from '../sockets/core-parts.ts';
import { DEFAULT_RATIONS } from './ration.ts';
import { createTunnelTable } from './tunnel-table.ts';

const createTunnelId = () => encodeBase64(crypto.getRandomValues(new Uint8Array(16)));

describe('places for tunnels', () => {
  it('are not all taken by a few addresses', () => {
    const peers = new Map<string, Connection>();
    const opened: string[] = [];
    const table = createTunnelTable({
      rations: DEFAULT_RATIONS,
      events: { onOpened: () => opened.push(''), onClosed: () => {}, onCarried: () => {} },
      now: () => 0,
      connectionOf: (peerId) => peers.get(peerId),
      entryOf: () => ({ holdings: [{}] }) as unknown as DirectoryEntry,
    });
    const peerAt = (addressKey: string) => {
      const told: string[] = [];
      const peerId = `${addressKey} ${peers.size}`;
      const connection = {
        addressKey,
        isSlow: false,
        send: (message: { type: string }) => told.push(message.type),
      } as unknown as Connection;
      peers.set(peerId, connection);
      const proven = { connection, identity: { peerId } } as unknown as Proven;
      return { peerId, proven, told };
    };
    const serving = peerAt('of a volunteer');
    let last = '';
    /** How many of so many that one address asks for, twelve a connection, are not refused. */
    const ask = (addressKey: string, count: number): number => {
      let refused = 0;
      for (let asked = 0; asked < count; asked += 12) {
        const { proven, told, peerId } = peerAt(addressKey);
        for (let i = asked; i < Math.min(count, asked + 12); i += 1) {
          const tunnelId = createTunnelId();
          table.join(proven, { type: 'join-tunnel', tunnelId, peerId: serving.peerId });
          if (told.length === 0) last = `${tunnelId} ${peerId}`;
        }
        refused += told.length;
      }
      return count - refused;
    };
    expect(ask('greedy', 600)).toBe(512);
    expect(ask('greedy', 12)).toBe(0);
    for (let other = 0; other < 16; other += 1) expect(ask(`other ${other}`, 40)).toBe(32);
    expect(ask('late', 12)).toBe(0);
    // Full is for those who ask, not for who joins what was asked for.
    const [tunnelId = '', ...of] = last.split(' ');
    table.join(serving.proven, { type: 'join-tunnel', tunnelId, peerId: of.join(' ') });
    expect(opened).toHaveLength(1);
  });
});
