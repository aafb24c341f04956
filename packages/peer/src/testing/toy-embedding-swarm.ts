import type { EmbeddedTexts } from '@manyhands/engine/onnx/embedding-api';
import type { EmbeddingCard } from '@manyhands/model/embedding/card';
import type { DirectoryEntry } from '@manyhands/protocol/directory';
import { createIdentity } from '@manyhands/swarm/identity';
import type { Transport } from '@manyhands/swarm/link';
import { createMemoryHub, createMemoryTransport } from '@manyhands/swarm/memory-transport';
import { createEmbedder } from '../requester/embedder.ts';
import type { Embedder } from '../requester/embeddings.ts';
import {
  createEmbeddingHost,
  type EmbeddingHost,
  type EmbeddingWork,
} from '../volunteer/embedding-host.ts';

export const TOY_EMBEDDING_ROOT = 'cd'.repeat(32);
export const TOY_CARD: EmbeddingCard = {
  dimension: 4,
  tokensMax: 100,
  pooling: 'mean',
  normalizes: true,
};

export interface ToyEmbedder {
  readonly peerId: string;
  readonly transport: Transport;
  readonly host: EmbeddingHost;
  readonly work: EmbeddingWork[];
  /** Texts of each call, in order. */
  readonly calls: (readonly string[])[];
  /** Requests that wait or run, as last reported. */
  requestCount: number;
  /** What the engine does instead of computing, e.g. never answering. */
  instead: (() => Promise<EmbeddedTexts>) | undefined;
  /** Gone without a word, as a killed tab. */
  kill(): void;
}

export interface ToyEmbeddingSwarm {
  readonly embedder: Embedder;
  readonly transport: Transport;
  readonly volunteers: readonly ToyEmbedder[];
  add(msPerText?: number): Promise<ToyEmbedder>;
  stranger(): Promise<Transport>;
}

/** The vector of a text: any mistake in order or in who asked what changes it. */
export function toyVector(text: string): number[] {
  const sums = [1, 0, 0, 0];
  for (const [index, character] of [...text].entries()) {
    const at = index % 4;
    sums[at] = (sums[at] as number) + (character.codePointAt(0) as number);
  }
  const length = Math.hypot(...sums);
  return sums.map((sum) => sum / length);
}

/** Requester and volunteers of one memory hub, with a directory that is always current. */
export async function createToyEmbeddingSwarm(
  options: { readonly msPerTexts?: readonly number[]; readonly coverageWaitMs?: number } = {},
): Promise<ToyEmbeddingSwarm> {
  const hub = createMemoryHub();
  const entries = new Map<string, DirectoryEntry>();
  const listeners = new Set<() => void>();
  const changed = (): void => {
    for (const listener of [...listeners]) listener();
  };
  const connect = async () => {
    const { publicIdentity: identity } = await createIdentity();
    return { identity, transport: createMemoryTransport(hub, { identity }) };
  };

  const volunteers: ToyEmbedder[] = [];
  const add = async (msPerText = 5): Promise<ToyEmbedder> => {
    const { identity, transport } = await connect();
    const { peerId } = identity;
    const calls: (readonly string[])[] = [];
    const work: EmbeddingWork[] = [];
    const embed = async (texts: readonly string[]): Promise<EmbeddedTexts> => {
      calls.push(texts);
      if (volunteer.instead !== undefined) return volunteer.instead();
      const vectors = Float32Array.from(texts.flatMap(toyVector));
      return { vectors, tokenCount: texts.length * 3, computeMs: 2 };
    };
    const host = createEmbeddingHost({
      modelRoot: TOY_EMBEDDING_ROOT,
      dimension: TOY_CARD.dimension,
      engine: { embed },
      transport,
      onWork: (done) => work.push(done),
      onRequestCount: (count) => {
        volunteer.requestCount = count;
      },
    });
    const volunteer: ToyEmbedder = {
      peerId,
      transport,
      host,
      work,
      calls,
      requestCount: 0,
      instead: undefined,
      kill() {
        entries.delete(peerId);
        hub.kill(peerId);
        changed();
      },
    };
    entries.set(peerId, entryOf(identity, msPerText));
    volunteers.push(volunteer);
    changed();
    return volunteer;
  };

  for (const msPerText of options.msPerTexts ?? [5]) await add(msPerText);
  const { transport } = await connect();
  const embedder = createEmbedder({
    transport,
    loadCard: async () => TOY_CARD,
    watch: () => ({
      get entries() {
        return [...entries.values()];
      },
      isCurrent: true,
      subscribe(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      dispose: () => undefined,
    }),
    coverageWaitMs: options.coverageWaitMs ?? 50,
  });
  const stranger = async () => (await connect()).transport;
  return { embedder, transport, volunteers, add, stranger };
}

function entryOf(identity: DirectoryEntry['identity'], msPerText: number): DirectoryEntry {
  const { dimension, tokensMax } = TOY_CARD;
  return {
    identity,
    sequence: 1,
    announcedAtMs: 0,
    holdings: [
      { kind: 'embedding', modelRoot: TOY_EMBEDDING_ROOT, dimension, tokensMax, msPerText },
    ],
    memoryBytes: 1,
    numericClass: 'onnx-toy',
    deviceKind: 'unknown',
    state: 'serving',
    sessions: 0,
    sessionsMax: 16,
  };
}
