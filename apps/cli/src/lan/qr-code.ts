import { renderUnicodeCompact } from 'uqr';

/** A QR code of half-height blocks. Colours are set where they can be: scanners want dark on light. */
export function drawQrCode(text: string, hasColours: boolean): string {
  const lines = renderUnicodeCompact(text, { border: 2 }).split('\n');
  return lines.map((line) => (hasColours ? `\u001b[97;40m${line}\u001b[0m` : line)).join('\n');
}
