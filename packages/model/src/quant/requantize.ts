import type { BlockConverter } from './block-layout.ts';
import { q3kScale, q3kValue, sixBitPlace } from './k-quants.ts';
import { fiveBits } from './legacy.ts';

/** Conversions that lose nothing: the target's integers can express every value of the source. */

/** Same scale `d`, and q - 16 as a signed byte. */
export const q50ToQ80: BlockConverter = (input, at, output, outputAt) => {
  copyHalf(input, at, output, outputAt);
  for (let i = 0; i < 32; i += 1) output[outputAt + 2 + i] = fiveBits(input, at + 2, i) - 16;
};

/** Same `d`, the 6-bit sub-scales as signed bytes, and the 3-bit values biased by 32. */
export const q3kToQ6k: BlockConverter = (input, at, output, outputAt) => {
  copyHalf(input, at + 108, output, outputAt + 208);
  for (let sub = 0; sub < 16; sub += 1) {
    output[outputAt + 192 + sub] = q3kScale(input, at, sub);
    const { low, high, lowShift, highShift } = sixBitPlace(sub >> 1);
    const column = (sub & 1) * 16;
    for (let i = 0; i < 16; i += 1) {
      const q = q3kValue(input, at, sub, i) + 32;
      addBits(output, outputAt + low + column + i, (q & 15) << lowShift);
      addBits(output, outputAt + high + column + i, (q >> 4) << highShift);
    }
  }
};

function addBits(output: Uint8Array, at: number, bits: number): void {
  output[at] = (output[at] as number) | bits;
}

function copyHalf(input: Uint8Array, at: number, output: Uint8Array, outputAt: number): void {
  output[outputAt] = input[at] as number;
  output[outputAt + 1] = input[at + 1] as number;
}
