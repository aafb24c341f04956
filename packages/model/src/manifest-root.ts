import type { Manifest, ManifestTensor } from './manifest.ts';
import { hexOf, sha256 } from './sha256.ts';

/**
 * Names a model: the Merkle root (RFC 6962 hashing: leaves prefixed with 0, nodes with 1) over one
 * leaf for the config, one for the header and one for each tensor in file order. A leaf is the JSON
 * of an array in the order below, so neither key order nor white space of the manifest matters.
 *
 * The root commits to every byte that anything reads: header and tensors. Alignment padding between
 * tensors belongs to neither and is never downloaded on purpose.
 */
export async function manifestRoot(manifest: Manifest): Promise<string> {
  return merkleRoot([
    configLeaf(manifest),
    headerLeaf(manifest),
    ...manifest.tensors.map(tensorLeaf),
  ]);
}

/** The root over leaves, each the JSON of an array, as 64 hex digits. */
export async function merkleRoot(leaves: readonly unknown[][]): Promise<string> {
  const hashes = await Promise.all(leaves.map(hashLeaf));
  return hexOf(await treeHash(hashes));
}

function configLeaf({ version, fileBytes, config }: Manifest): unknown[] {
  return [
    'manyhands-manifest',
    version,
    fileBytes,
    config.architecture,
    config.blockCount,
    config.hiddenSize,
    config.headCount,
    config.kvHeadCount,
    config.headDim,
    config.ffnSize,
    config.vocabSize,
    config.contextLength,
    config.rmsNormEps,
    config.ropeTheta,
    config.ropeDim,
    config.ropeStyle,
    config.ropeFrequencyScale,
    config.hasRopeFactors,
    config.hasQkvBias,
    config.hasQkNorm,
    config.hasTiedEmbedding,
  ];
}

function headerLeaf({ header }: Manifest): unknown[] {
  return ['header', header.byteLength, header.pieces];
}

function tensorLeaf(tensor: ManifestTensor): unknown[] {
  const { name, type, dims, offset, byteLength, pieces } = tensor;
  return ['tensor', name, type, dims, offset, byteLength, pieces];
}

/** JSON of strings, booleans and finite numbers is the same text in every engine. */
function hashLeaf(leaf: unknown[]): Promise<Uint8Array<ArrayBuffer>> {
  return sha256(prefixed(0, [new TextEncoder().encode(JSON.stringify(leaf))]));
}

/** Splits at the largest power of two smaller than the number of leaves. */
async function treeHash(hashes: Uint8Array<ArrayBuffer>[]): Promise<Uint8Array<ArrayBuffer>> {
  const [first] = hashes;
  if (first !== undefined && hashes.length === 1) return first;
  let split = 1;
  while (split * 2 < hashes.length) split *= 2;
  const left = await treeHash(hashes.slice(0, split));
  const right = await treeHash(hashes.slice(split));
  return sha256(prefixed(1, [left, right]));
}

function prefixed(prefix: number, parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = parts.reduce((sum, part) => sum + part.length, 1);
  const bytes = new Uint8Array(length);
  bytes[0] = prefix;
  let at = 1;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
