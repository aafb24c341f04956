import type {
  BlocksHolding,
  DirectoryEntry,
  EmbeddingHolding,
  Holding,
} from '@manyhands/protocol/directory';

/** Directory entries for tests: peer `n` holding what is given, idle unless told otherwise. */
export const MODEL = 'a'.repeat(64);

export function peerIdOf(index: number): string {
  return `${String(index).padStart(22, '0')}.${'t'.repeat(11)}`;
}

export function holdingOf(
  firstBlock: number,
  endBlock: number,
  more: Partial<BlocksHolding> = {},
): BlocksHolding {
  return {
    kind: 'blocks',
    modelRoot: MODEL,
    firstBlock,
    endBlock,
    embeds: firstBlock === 0,
    heads: false,
    msPerBlock: 2,
    positionsMax: 4096,
    ...more,
  };
}

export function embeddingOf(more: Partial<EmbeddingHolding> = {}): EmbeddingHolding {
  return {
    kind: 'embedding',
    modelRoot: MODEL,
    dimension: 64,
    tokensMax: 64,
    msPerText: 5,
    ...more,
  };
}

export function entryOf(
  index: number,
  holdings: readonly Holding[],
  more: Partial<DirectoryEntry> = {},
): DirectoryEntry {
  return {
    identity: {
      peerId: peerIdOf(index),
      alg: 'Ed25519',
      publicKey: 'k',
      agreement: { alg: 'X25519', publicKey: 'k', signature: 's'.repeat(86) },
    },
    sequence: 1,
    announcedAtMs: 1,
    holdings: [...holdings],
    memoryBytes: 1,
    numericClass: 'webgpu-f32',
    deviceKind: 'desktop',
    state: 'serving',
    sessions: 0,
    sessionsMax: 4,
    ...more,
  };
}
