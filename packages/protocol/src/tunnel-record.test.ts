import { describe, expect, it } from 'vitest';
import { encodeBase64 } from './base64.ts';
import { TUNNEL_CONTENT_BYTES_MAX, TUNNEL_WINDOW_BYTES } from './limits.ts';
import {
  decodeRecord,
  encodeRecord,
  paddedLengthOf,
  TUNNEL_RECORD_BYTES_MAX,
} from './tunnel-record.ts';

const tunnelId = encodeBase64(Uint8Array.from({ length: 16 }, (_, index) => index * 7));

describe('records', () => {
  it('come back with their tunnel', () => {
    const sealed = Uint8Array.from({ length: 272 }, (_, index) => index);
    expect(decodeRecord(encodeRecord(tunnelId, sealed))).toEqual({ tunnelId, sealed });
  });

  it('are refused at every length that no padded content has', () => {
    const codeAt = (length: number) => {
      try {
        decodeRecord(new Uint8Array(length));
      } catch (error) {
        return (error as { code: string }).code;
      }
      return 'taken';
    };
    for (let length = 0; length < 288; length++) expect(codeAt(length)).toBe('malformed');
    expect(codeAt(288)).toBe('taken');
    expect(codeAt(TUNNEL_RECORD_BYTES_MAX)).toBe('taken');
    expect(codeAt(TUNNEL_RECORD_BYTES_MAX + 1)).toBe('too-large');
  });

  it('fit into what a sender may have under way', () => {
    expect(TUNNEL_RECORD_BYTES_MAX * 2).toBeLessThan(TUNNEL_WINDOW_BYTES);
  });
});

describe('padding', () => {
  it('adds at most an eighth above the smallest record, and leaves few sizes', () => {
    const sizes = new Set<number>();
    for (let length = 0; length <= TUNNEL_CONTENT_BYTES_MAX; length++) {
      const padded = paddedLengthOf(length);
      sizes.add(padded);
      expect(padded).toBeGreaterThanOrEqual(length);
      if (length > 256) expect(padded).toBeLessThanOrEqual(length * 1.125);
      expect(paddedLengthOf(padded)).toBe(padded);
    }
    expect(Math.max(...sizes)).toBe(TUNNEL_CONTENT_BYTES_MAX);
    expect(sizes.size).toBeLessThan(100);
  });
});
