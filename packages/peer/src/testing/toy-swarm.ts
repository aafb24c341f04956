import type { DirectoryEntry } from '@manyhands/protocol/directory';
import { createIdentity } from '@manyhands/swarm/identity';
import type { Transport } from '@manyhands/swarm/link';
import { createMemoryHub, createMemoryTransport } from '@manyhands/swarm/memory-transport';
import { createTinyModel } from '@manyhands/testkit/tiny-model';
import type { Requester } from '../requester/answer.ts';
import { createModelLibrary, type ModelLibrary } from '../requester/model-library.ts';
import { createPromptCoders } from '../requester/prompt-coders.ts';
import { createRequester, type RequesterOptions } from '../requester/requester.ts';
import type { RosterSource } from '../requester/watch-roster.ts';
import { createTicker } from '../ticker.ts';
import { createStageHost, type StageHost, type WorkReport } from '../volunteer/stage-host.ts';
import {
  createToyEngine,
  TOY_HIDDEN_SIZE,
  type ToyEngine,
  type ToyEngineOptions,
} from './toy-engine.ts';

export const TOY_ROOT = 'ab'.repeat(32);
export const TOY_BLOCKS = 6;
/** Blocks of the stages of a chain of three. */
export const TOY_THIRDS = [
  [0, 2],
  [2, 4],
  [4, 6],
] as const;

export interface ToyVolunteer {
  readonly peerId: string;
  readonly firstBlock: number;
  readonly engine: ToyEngine;
  readonly host: StageHost;
  readonly transport: Transport;
  /** Every step it ran. */
  readonly work: readonly WorkReport[];
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
  readonly watch: RosterSource;
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
  const models = loadToyModels();
  const { detokenizer, contextLength } = await models.load(TOY_ROOT, new AbortController().signal);
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
    const work: WorkReport[] = [];
    const engine = createToyEngine({ ...options, vocabSize: detokenizer.vocabSize });
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
        vocabSize: detokenizer.vocabSize,
        contextLength,
      },
      engine,
      transport,
      ticker,
      onWork: (step) => work.push(step),
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
      work,
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
  const watch: RosterSource = () => ({
    get entries() {
      return [...entries.values()];
    },
    isCurrent: true,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    dispose: () => undefined,
  });
  const requester = createRequester({ transport, models, ticker, watch, ...options });
  const stranger = async () => (await connect()).transport;
  return { requester, transport, models, watch, volunteers, stranger, add };
}

/** The real tokenizer of a real (tiny) file; only the stages are toys. */
function loadToyModels(): ModelLibrary {
  const bytes = createTinyModel({ contextLength: 256 });
  const shape = { blockCount: TOY_BLOCKS, headBlocks: 0, contextLength: 256 };
  return createModelLibrary(
    async () => ({ ...shape, bytes, fileBytes: bytes.length }),
    createPromptCoders(),
  );
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
