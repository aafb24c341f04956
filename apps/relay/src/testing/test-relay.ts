import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTinyModel, type TinyModelOptions } from '@manyhands/testkit/tiny-model';
import { createRelay, type Relay, type RelayOptions } from '../create-relay.ts';

/** A relay on a free port with its own folders and one tiny model of four blocks. */
export interface TestRelay {
  readonly relay: Relay;
  readonly modelRoot: string;
  /** Holds `site/`, `data/`, `models/` and `catalog.json`. */
  readonly directory: string;
  readonly modelBytes: Uint8Array<ArrayBuffer>;
  /** Starts another relay over the same folders. */
  again(options?: RelayOptions): Promise<Relay>;
  dispose(): Promise<void>;
}

export interface TestRelayOptions extends RelayOptions {
  readonly model?: TinyModelOptions;
  /** Entries of the catalogue besides the tiny model's. */
  readonly entries?: readonly object[];
  /** Called with the folder before the relay starts. */
  readonly prepare?: (directory: string) => Promise<void>;
}

export async function startTestRelay(options: TestRelayOptions = {}): Promise<TestRelay> {
  const { model, entries = [], prepare, ...relayOptions } = options;
  const directory = await mkdtemp(join(tmpdir(), 'manyhands-relay-'));
  const modelBytes = createTinyModel({ blockCount: 4, hiddenSize: 32, ffnSize: 32, ...model });
  await mkdir(join(directory, 'site'), { recursive: true });
  await mkdir(join(directory, 'models'));
  await writeFile(join(directory, 'tiny.gguf'), modelBytes);
  const catalog = { version: 1, entries: [tinyEntry(modelBytes.length), ...entries] };
  await writeFile(join(directory, 'catalog.json'), JSON.stringify(catalog));
  await writeFile(join(directory, 'site', 'index.html'), '<!doctype html><title>Site</title>');
  await prepare?.(directory);
  const relays: Relay[] = [];
  const again = async (more: RelayOptions = {}) => {
    const relay = await createRelay({
      catalogFile: join(directory, 'catalog.json'),
      dataDir: join(directory, 'data'),
      siteDir: join(directory, 'site'),
      tickMs: 10,
      ...relayOptions,
      ...more,
    });
    relays.push(relay);
    await relay.models.settled();
    return relay;
  };
  const relay = await again();
  const modelRoot = relay.models.view().entries[0]?.modelRoot;
  if (modelRoot === undefined) throw new Error('the tiny model is not ready');
  return {
    relay,
    modelRoot,
    directory,
    modelBytes,
    again,
    async dispose() {
      await Promise.all(relays.map((each) => each.stop()));
      await rm(directory, { recursive: true });
    },
  };
}

export function tinyEntry(sizeBytes: number, more: object = {}) {
  return {
    id: 'tiny',
    name: 'Tiny',
    description: 'For tests.',
    source: { type: 'file', file: 'tiny.gguf' },
    revision: 'builtin',
    sizeBytes,
    blockCount: 4,
    contextLength: 256,
    licence: 'CC0-1.0',
    parameters: '10K',
    ...more,
  };
}
