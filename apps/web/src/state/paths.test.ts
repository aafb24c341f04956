import { describe, expect, it } from 'vitest';
import { createMemoryStorage } from '../testing/memory-storage.ts';
import { createPeerDouble } from '../testing/peer-double.ts';
import { createConnection } from './connection.ts';
import { createPaths } from './paths.ts';

const OPEN = { isRelayOnly: false, takesRelayed: true };

describe('the ways to other tabs', () => {
  it('are open at first, and kept as chosen', () => {
    const storage = createMemoryStorage();
    expect(createPaths(storage).settings.value).toEqual(OPEN);
    createPaths(storage).change({ isRelayOnly: true });
    expect(createPaths(storage).settings.value).toEqual({ ...OPEN, isRelayOnly: true });
    storage.setItem('manyhands.paths', '{"isRelayOnly":1}');
    expect(createPaths(storage).settings.value).toEqual(OPEN);
  });

  it('reach the peer when it opens and whenever they change, also while it opens', async () => {
    const paths = createPaths();
    paths.change({ isRelayOnly: true });
    const peer = createPeerDouble();
    const opened: unknown[] = [];
    const connection = createConnection(async (chosen) => {
      opened.push(chosen);
      paths.change({ takesRelayed: false });
      return peer;
    }, paths);
    await connection.peer();
    expect(opened).toEqual([{ isRelayOnly: true, takesRelayed: true }]);
    expect(peer.paths.at(-1)).toEqual({ isRelayOnly: true, takesRelayed: false });
    paths.change({ isRelayOnly: false });
    expect(peer.paths.at(-1)).toEqual({ isRelayOnly: false, takesRelayed: false });
    connection.close();
    paths.change(OPEN);
    expect(peer.paths.at(-1)).toEqual({ isRelayOnly: false, takesRelayed: false });
  });
});
