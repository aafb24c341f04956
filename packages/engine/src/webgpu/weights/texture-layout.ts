import type { DeviceType } from '@manyhands/model/quant/device-type';
import { wordsPerRow } from './row-layout.ts';

/**
 * Where matrices are read as textures (`kernels/quad-rows.wgsl` says why): a texel is a word of four
 * neighbouring rows, so a word of a group is eight texels, and a group a line of the texture, or several
 * where it is longer than a texture may be wide. A line starts with whole chunks of quants. Words are
 * called floats because only those may be sampled; the self-test finds an adapter that changes their bits.
 */
export const TEXTURE_FORMAT: GPUTextureFormat = 'rgba32float';

export const TEXEL_BYTES = 16;

/** WebGPU's `maxTextureDimension2D`, which every adapter has. */
export const TEXTURE_SIDE_MAX = 8192;

const TEXELS_PER_WORD = 8;

/** The quants of a chunk of every type are a part of it. */
const LINE_STEP_WORDS = 32;

const LINE_WORDS_MAX = TEXTURE_SIDE_MAX / TEXELS_PER_WORD;

/** Words of a row group in each of its lines. */
export function lineWords(type: DeviceType, columnCount: number): number {
  const words = wordsPerRow(type, columnCount);
  const lines = Math.ceil(words / LINE_WORDS_MAX);
  if (lines === 1) return words;
  return Math.ceil(words / lines / LINE_STEP_WORDS) * LINE_STEP_WORDS;
}

/** Lines that a row group takes. */
export function groupLines(type: DeviceType, columnCount: number): number {
  return Math.ceil(wordsPerRow(type, columnCount) / lineWords(type, columnCount));
}

/** Row groups that one texture can hold. */
export function textureGroupsMax(type: DeviceType, columnCount: number): number {
  return Math.floor(TEXTURE_SIDE_MAX / groupLines(type, columnCount));
}

/** Texels. */
export type TextureSize = readonly [width: number, height: number];

/** Of a texture that holds so many groups. */
export function textureSize(type: DeviceType, columnCount: number, groups: number): TextureSize {
  const width = lineWords(type, columnCount) * TEXELS_PER_WORD;
  return [width, groups * groupLines(type, columnCount)];
}

/** Writes the words of one group (`encodeGroup`). */
export function writeGroup(
  device: GPUDevice,
  texture: GPUTexture,
  group: number,
  words: Uint32Array<ArrayBuffer>,
): void {
  const lineBytes = texture.width * TEXEL_BYTES;
  const lines = Math.ceil(words.byteLength / lineBytes);
  for (let line = 0; line < lines; line += 1) {
    const offset = line * lineBytes;
    const byteLength = Math.min(lineBytes, words.byteLength - offset);
    device.queue.writeTexture(
      { texture, origin: [0, group * lines + line] },
      words,
      { offset, bytesPerRow: byteLength },
      [byteLength / TEXEL_BYTES],
    );
  }
}
