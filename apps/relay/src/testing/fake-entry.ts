import type { DirectoryEntry, SignedEntry } from '@manyhands/protocol/directory';

/** Entries for tests of what happens after verification: well-formed, not signed by anybody. */
export function fakeEntry(
  peer: number,
  ranges: readonly { modelRoot: string; firstBlock: number; endBlock: number }[],
  more: Partial<DirectoryEntry>,
): DirectoryEntry {
  return {
    identity: {
      peerId: `${String(peer).padStart(22, '0')}.${'t'.repeat(11)}`,
      alg: 'Ed25519',
      publicKey: 'k'.repeat(43),
      agreement: { alg: 'X25519', publicKey: 'k'.repeat(43), signature: 's'.repeat(86) },
    },
    sequence: 1,
    announcedAtMs: 1,
    holdings: ranges.map((range) => ({
      kind: 'blocks' as const,
      ...range,
      embeds: range.firstBlock === 0,
      heads: false,
      msPerBlock: 1,
      positionsMax: 100,
    })),
    memoryBytes: 1,
    numericClass: 'webgpu-f32',
    deviceKind: 'desktop',
    state: 'serving',
    sessions: 0,
    sessionsMax: 4,
    ...more,
  };
}

export function fakeSigned(entry: DirectoryEntry): SignedEntry {
  return { payload: JSON.stringify(entry), signature: 's'.repeat(86) };
}
