import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CATALOG_VERSION, type Catalog } from '@manyhands/model/catalog';
import { readGguf } from '@manyhands/model/gguf/read-gguf';
import { httpSource } from '@manyhands/model/http-source';
import { createTokenizer } from '@manyhands/model/tokenizer/create-tokenizer';
import { createRelay, type Relay } from '@manyhands/relay/create-relay';
import type { CommandContext } from '../command-context.ts';
import { dataDirectory } from '../data-directory.ts';
import { withDeadline } from '../deadline.ts';
import { CliError } from '../error.ts';
import { VERIFY_TIMEOUT_MS } from '../limits.ts';
import { isWebUrl, resolveFile } from '../model-path.ts';

/** A relay of this process that serves the pages of the harness and one verified model. */
export interface DemoRelay {
  readonly origin: string;
  readonly modelRoot: string;
  readonly blockCount: number;
  /** Token ids of text fed without a template: BOS where the file asks for it, control tokens parsed. */
  encodeRaw(text: string): Promise<number[]>;
  dispose(): Promise<void>;
}

/** The catalogue's name of the model that comes with the repository. */
const BUILTIN_ID = 'pip-7m';
const URL_ID = 'demo';

/** Starts the relay on a free port and verifies `model`: `builtin`, a path or a URL. */
export async function startDemoRelay(model: string, context: CommandContext): Promise<DemoRelay> {
  const { repositoryRoot, callerDirectory, signal } = context;
  const isRemote = isWebUrl(model);
  const file =
    isRemote || model === 'builtin' ? undefined : await resolveFile(callerDirectory, model);
  // Manifests stay, so that a model is hashed once; a user's own catalogue is none of a demo's business.
  const dataDir = join(dataDirectory(), 'demo');
  const catalog = isRemote ? await writeCatalog(model) : undefined;
  let relay: Relay | undefined;
  const dispose = async () => {
    await relay?.stop();
    if (catalog !== undefined) await rm(catalog.directory, { recursive: true, force: true });
  };
  try {
    relay = await createRelay({
      siteDir: join(repositoryRoot, 'dist/harness'),
      ...(catalog && { catalogFile: catalog.file, connectSources: [new URL(model).origin] }),
      dataDir,
    });
    const modelRoot = await withDeadline(verifyModel(relay, { file, isRemote }, context), {
      timeoutMs: VERIFY_TIMEOUT_MS,
      what: 'Verifying the model',
      signal,
    });
    return describe(relay, modelRoot, dispose);
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function verifyModel(
  { models }: Relay,
  { file, isRemote }: { file: string | undefined; isRemote: boolean },
  { say, signal }: CommandContext,
): Promise<string> {
  if (file !== undefined) return models.addFile(file);
  if (isRemote) {
    let said = '';
    const onProgress = (progress: number) => {
      const line = `verifying the model: ${Math.floor(progress * 20) * 5} %\n`;
      if (line !== said) say(line);
      said = line;
    };
    return models.verify(URL_ID, { onProgress, signal });
  }
  await models.settled();
  const builtin = models.view().entries.find(({ id }) => id === BUILTIN_ID);
  if (builtin?.modelRoot !== undefined) return builtin.modelRoot;
  const reason = builtin?.message ?? `the catalogue has no ${BUILTIN_ID}`;
  throw new CliError('not-found', `The built-in model cannot be used: ${reason}.`);
}

function describe(relay: Relay, modelRoot: string, dispose: () => Promise<void>): DemoRelay {
  const entry = relay.models.view().entries.find((each) => each.modelRoot === modelRoot);
  if (entry === undefined) {
    throw new CliError('not-found', 'The relay does not serve the model it verified. Try again.');
  }
  const sourceUrl = entry.sourceUrls[0] ?? '/';
  return {
    origin: relay.url,
    modelRoot,
    blockCount: entry.blockCount,
    async encodeRaw(text) {
      const { metadata } = await readGguf(httpSource(new URL(sourceUrl, relay.url).href));
      const tokenizer = createTokenizer(metadata);
      return [...tokenizer.encode(text, { parseSpecial: true, addBos: tokenizer.addsBos })];
    },
    dispose,
  };
}

/** A catalogue of one remote model, for this run only. */
async function writeCatalog(url: string): Promise<{ directory: string; file: string }> {
  const catalog: Catalog = {
    version: CATALOG_VERSION,
    entries: [
      {
        id: URL_ID,
        name: 'Demo model',
        description: 'The model named on the command line.',
        source: { type: 'url', url },
        revision: 'unknown',
        // The manifest that is about to be made says what these really are.
        sizeBytes: 1,
        blockCount: 1,
        contextLength: 1,
        licence: 'unknown',
        parameters: 'unknown',
      },
    ],
  };
  const directory = await mkdtemp(join(tmpdir(), 'manyhands-demo-'));
  const file = join(directory, 'catalog.json');
  await writeFile(file, JSON.stringify(catalog));
  return { directory, file };
}
