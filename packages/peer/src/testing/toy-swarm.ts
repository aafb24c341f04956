import { readGguf } from '@manyhands/model/gguf/read-gguf';
import { memorySource } from '@manyhands/model/memory-source';
import { createTokenizer } from '@manyhands/model/tokenizer/create-tokenizer';
import type { DirectoryEntry } from '@manyhands/protocol/directory';
import { createIdentity } from '@manyhands/swarm/identity';
import type { Transport } from '@manyhands/swarm/link';
import { createMemoryHub, createMemoryTransport } from '@manyhands/swarm/memory-transport';
import { createTinyModel } from '@manyhands/testkit/tiny-model';
import type { Requester } from '../requester/answer.ts';
import type { ModelLibrary } from '../requester/model-library.ts';
import { createRequester, type RequesterOptions } from '../requester/requester.ts';
import { createTicker } from '../ticker.ts';
import { createStageHost, type StageHost } from '../volunteer/stage-host.ts';
import {
  createToyEngine,
  TOY_HIDDEN_SIZE,
  type ToyEngine,
  type ToyEngineOptions,
} from './toy-engine.ts';

export const TOY_ROOT = 'ab'.repeat(32);
export const TOY_BLOCKS = 6;

export interface ToyVolunteer {
  readonly peerId: string;
  readonly firstBlock: number;
  readonly engine: ToyEngine;
  readonly host: StageHost;
  readonly transport: Transport;
  /** Gone without a word, as a killed tab: links end and the relay removes the entry. */
  kill(): void;
  /** Its engine hangs, as in a driver; the page goes on. */
  hang(): void;
  /** The whole tab is frozen, or cut off: nothing reaches it and nothing comes from it. */
  freeze(): void;
  /** What was held back is delivered, both ways. */
  wake(): void;
}

export interface ToySwarm {
  readonly requester: Requester;
  readonly transport: Transport;
  readonly models: ModelLibrary;
  readonly volunteers: ToyVolunteer[];
  /** A transport of a stranger who is in no directory. */
  stranger(): Promise<Transport>;
  add(firstBlock: number, endBlock: number): Promise<ToyVolunteer>;
}

export interface ToySwarmOptions
  extends Pick<RequesterOptions, 'coverageWaitMs' | 'createPolicy'>,
    Pick<ToyEngineOptions, 'isRepetitive'> {}

/** Requester and volunteers of one memory hub, with a directory that is always current. */
export async function createToySwarm(
  ranges: readonly (readonly [number, number])[],
  options: ToySwarmOptions = {},
): Promise<ToySwarm> {
  const hub = createMemoryHub();
  const ticker = createTicker();
  const entries = new Map<string, DirectoryEntry>();
  const listeners = new Set<() => void>();
  const models = await loadToyModels();
  const { tokenizer, contextLength } = await models.load(TOY_ROOT, new AbortController().signal);
  const changed = (): void => {
    for (const listener of [...listeners]) listener();
  };
  const connect = async () => {
    const { publicIdentity: identity } = await createIdentity();
    return { identity, transport: createMemoryTransport(hub, { identity }) };
  };

  const add = async (firstBlock: number, endBlock: number): Promise<ToyVolunteer> => {
    const { identity, transport } = await connect();
    const { peerId } = identity;
    const engine = createToyEngine({ ...options, vocabSize: tokenizer.vocabSize });
    const range = {
      firstBlock,
      endBlock,
      embeds: firstBlock === 0,
      heads: endBlock === TOY_BLOCKS,
    };
    const host = createStageHost({
      stage: {
        ...range,
        modelRoot: TOY_ROOT,
        blockCount: TOY_BLOCKS,
        hiddenSize: TOY_HIDDEN_SIZE,
        vocabSize: tokenizer.vocabSize,
        contextLength,
      },
      engine,
      transport,
      ticker,
      onWork: () => undefined,
      onSessionCount: () => undefined,
      onMemoryChange: () => undefined,
    });
    entries.set(peerId, entryOf(identity, range, contextLength));
    changed();
    const volunteer: ToyVolunteer = {
      peerId,
      firstBlock,
      engine,
      host,
      transport,
      kill() {
        entries.delete(peerId);
        hub.kill(peerId);
        changed();
      },
      hang() {
        engine.isFrozen = true;
      },
      freeze: () => hub.freeze(peerId),
      wake: () => hub.wake(peerId),
    };
    volunteers.push(volunteer);
    return volunteer;
  };

  const volunteers: ToyVolunteer[] = [];
  for (const [firstBlock, endBlock] of ranges) await add(firstBlock, endBlock);
  const { transport } = await connect();
  const requester = createRequester({
    transport,
    models,
    ticker,
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
    ...options,
  });
  const stranger = async () => (await connect()).transport;
  return { requester, transport, models, volunteers, stranger, add };
}

/** The real tokenizer of a real (tiny) file; only the stages are toys. */
async function loadToyModels(): Promise<ModelLibrary> {
  const file = createTinyModel({ contextLength: 256 });
  const { metadata } = await readGguf(memorySource(file));
  const tokenizer = createTokenizer(metadata);
  return {
    load: async () => ({
      blockCount: TOY_BLOCKS,
      headBlocks: 0,
      contextLength: 256,
      tokenizer,
      metadata,
    }),
  };
}

function entryOf(
  identity: DirectoryEntry['identity'],
  range: { firstBlock: number; endBlock: number; embeds: boolean; heads: boolean },
  positionsMax: number,
): DirectoryEntry {
  return {
    identity,
    sequence: 1,
    announcedAtMs: 0,
    holdings: [{ kind: 'blocks', ...range, modelRoot: TOY_ROOT, msPerBlock: 1, positionsMax }],
    memoryBytes: 1,
    numericClass: 'toy',
    deviceKind: 'unknown',
    state: 'serving',
    sessions: 0,
    sessionsMax: 16,
  };
}
