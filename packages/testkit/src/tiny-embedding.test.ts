import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { int, ints, writeOnnx } from './onnx-writer.ts';
import { embedByReference } from './tiny-embedding.reference.ts';
import { createTinyEmbedding } from './tiny-embedding.ts';

describe('the tiny embedding model', () => {
  it('is the same bytes for a seed, on every machine, and others for another', () => {
    const { model, tokenizer } = createTinyEmbedding();
    expect(createTinyEmbedding()).toMatchObject({ tokenizer });
    expect(sha256(createTinyEmbedding().model)).toBe(sha256(model));
    expect(sha256(createTinyEmbedding({ seed: 2 }).model)).not.toBe(sha256(model));
    expect(model.length).toBeLessThan(400_000);
    const pieces = Object.values(JSON.parse(tokenizer).model.vocab as Record<string, number>);
    expect(new Set(pieces).size).toBe(pieces.length);
  });

  it('has a reference whose vectors have length 1 and depend on order', () => {
    const { weights } = createTinyEmbedding();
    const vector = embedByReference(weights, [2, 90, 91, 3]);
    expect(Math.hypot(...vector)).toBeCloseTo(1, 12);
    const swapped = embedByReference(weights, [2, 91, 90, 3]);
    const worst = Math.max(
      ...vector.map((value, index) => Math.abs(value - (swapped[index] ?? 9))),
    );
    expect(worst).toBeGreaterThan(1e-4);
  });
});

describe('writeOnnx', () => {
  it('writes these exact bytes: every wire shape of protobuf once', () => {
    const bytes = writeOnnx({
      name: 'g',
      opsets: { '': 17 },
      nodes: [
        {
          op: 'Op',
          inputs: ['x'],
          outputs: ['y'],
          attributes: { a: int(-1), p: ints(0, 300) },
        },
      ],
      initializers: [{ name: 'w', dims: [1], data: Float32Array.of(1) }],
      inputs: [{ name: 'x', element: 'int64', dims: ['n', 2] }],
      outputs: [],
    });
    const node =
      '0a0178 120179 1a044f705f30 22024f70' +
      '2a11 0a0161 18ffffffffffffffffff01 a00102' +
      '2a0b 0a0170 4000 40ac02 a00107';
    const tensor = '0801 1001 420177 4a040000803f';
    const input = '0a0178 120f 0a0d 0807 1209 0a03 12016e 0a02 0802';
    const graph = `${field('0a', node)} 120167 ${field('2a', tensor)} ${field('5a', input)}`;
    const producer = field('12', Buffer.from('manyhands-testkit').toString('hex'));
    const wanted = `0808 ${producer} ${field('3a', graph)} ${field('42', '0a00 1011')}`;
    expect(Buffer.from(bytes).toString('hex')).toBe(wanted.replaceAll(' ', ''));
  });
});

/** Tag, length and content as hex, for contents below 128 bytes. */
function field(tag: string, content: string): string {
  const plain = content.replaceAll(' ', '');
  return `${tag}${(plain.length / 2).toString(16).padStart(2, '0')}${plain}`;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
