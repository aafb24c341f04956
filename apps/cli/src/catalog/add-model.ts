import { copyFile, link, mkdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { CatalogEntry } from '@manyhands/model/catalog';
import { httpSource } from '@manyhands/model/http-source';
import { describeFile, entryForFile } from '@manyhands/relay/models/describe-file';
import { isOnnxFile, readEmbeddingFile } from '@manyhands/relay/models/embedding-file';
import { openFileSource } from '@manyhands/relay/models/file-source';
import {
  addToUserCatalog,
  readCatalogFile,
  readUserCatalog,
  userCatalogFile,
} from '@manyhands/relay/models/user-catalog';
import { defaultCatalogFile } from '@manyhands/relay/settings';
import type { CommandContext } from '../command-context.ts';
import { isWebUrl, resolveFile } from '../model-path.ts';

/** Checks that a model is one we can run and writes its catalogue entry. */
export async function addModel(
  source: string,
  dataDir: string,
  context: CommandContext,
): Promise<void> {
  const known = await knownEntries(dataDir);
  const entry = isWebUrl(source)
    ? await describeUrl(source, known, context.signal)
    : await addFile(source, dataDir, known, context);
  await addToUserCatalog(dataDir, entry);
  const size = (entry.sizeBytes / 1_000_000).toFixed(1);
  context.write(
    `Added ${entry.id}: ${entry.name}, ${entry.parameters} parameters, ${describeJob(entry)}, ` +
      `${size} MB, licence ${entry.licence}.\n`,
  );
  if (entry.revision === 'unpinned') {
    context.say(
      'The URL names no commit, so what it holds may change; it is then refused until it is ' +
        'verified again.\n',
    );
  }
  context.say(`Next: npm run catalog -- verify ${entry.id}\n`);
}

function describeJob({ blockCount, embedding }: CatalogEntry): string {
  return embedding === undefined
    ? `${blockCount} blocks`
    : `embeddings of ${embedding.card.dimension} numbers`;
}

async function knownEntries(dataDir: string): Promise<readonly CatalogEntry[]> {
  const { CATALOG } = process.env;
  const builtin = await readCatalogFile(CATALOG || defaultCatalogFile());
  return [...builtin.entries, ...(await readUserCatalog(dataDir)).entries];
}

/** Adding a source again replaces its entry, so its id is free for it. */
function takenIds(known: readonly CatalogEntry[], isSame: (entry: CatalogEntry) => boolean) {
  return new Set(known.filter((entry) => !isSame(entry)).map(({ id }) => id));
}

async function describeUrl(
  url: string,
  known: readonly CatalogEntry[],
  signal: AbortSignal,
): Promise<CatalogEntry> {
  const name = decodeURIComponent(basename(new URL(url).pathname)) || 'model';
  const taken = takenIds(known, ({ source }) => source.type === 'url' && source.url === url);
  const entry: CatalogEntry = {
    ...entryForFile(name, taken),
    description: `A model at ${new URL(url).host}.`,
    source: { type: 'url', url },
    // Hugging Face and GitHub put the commit of a pinned file into its path.
    revision: /\/([0-9a-f]{40})\//.exec(url)?.[1] ?? 'unpinned',
  };
  return describeFile(entry, httpSource(url), signal);
}

/** The file is linked beside the catalogue where the disk allows it, else copied. */
async function addFile(
  file: string,
  dataDir: string,
  known: readonly CatalogEntry[],
  { callerDirectory, signal }: CommandContext,
): Promise<CatalogEntry> {
  const path = await resolveFile(callerDirectory, file);
  if (isOnnxFile(path)) return addEmbedding(path, dataDir, known);
  const plain = entryForFile(path, new Set());
  const entry = entryForFile(
    path,
    takenIds(known, ({ source }) => {
      return (
        source.type === 'file' && plain.source.type === 'file' && source.file === plain.source.file
      );
    }),
  );
  const described = await withSource(path, (source) => describeFile(entry, source, signal));
  if (described.source.type === 'file') {
    await place(path, join(dirname(userCatalogFile(dataDir)), described.source.file));
  }
  return { ...described, description: 'A file of this machine.' };
}

/** An ONNX file with its tokenizer; its card becomes part of the entry. */
async function addEmbedding(
  path: string,
  dataDir: string,
  known: readonly CatalogEntry[],
): Promise<CatalogEntry> {
  const file = basename(path);
  const isSame = ({ source }: CatalogEntry) => source.type === 'file' && source.file === file;
  const { entry, tokenizerPath } = await readEmbeddingFile(path, takenIds(known, isSame));
  const folder = dirname(userCatalogFile(dataDir));
  await place(path, join(folder, file));
  await place(tokenizerPath, join(folder, basename(tokenizerPath)));
  return entry;
}

async function withSource<Value>(
  path: string,
  use: (source: Awaited<ReturnType<typeof openFileSource>>) => Promise<Value>,
): Promise<Value> {
  const source = await openFileSource(path);
  try {
    return await use(source);
  } finally {
    await source.close();
  }
}

async function place(path: string, target: string): Promise<void> {
  if (path === target) return;
  await mkdir(dirname(target), { recursive: true });
  await rm(target, { force: true });
  // Another disk, or a file system without links.
  await link(path, target).catch(() => copyFile(path, target));
}
