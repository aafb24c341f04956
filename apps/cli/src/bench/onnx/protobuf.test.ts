import { expect, it } from 'vitest';
import {
  bytesField,
  floatField,
  integerField,
  type Message,
  message,
  messageField,
  textField,
} from './protobuf.ts';

const hex = ({ chunks }: Message) =>
  Buffer.concat(chunks.map((chunk) => Buffer.from(chunk))).toString('hex');

it("writes the examples of protobuf's own documentation", () => {
  expect(hex(integerField(1, 150))).toBe('089601');
  expect(hex(textField(2, 'testing'))).toBe('120774657374696e67');
  expect(hex(messageField(3, integerField(1, 150)))).toBe('1a03089601');
});

it('writes negative numbers in ten bytes and numbers beyond 32 bits whole', () => {
  expect(hex(integerField(1, -1))).toBe('08ffffffffffffffffff01');
  expect(hex(integerField(1, 2 ** 40))).toBe('08808080808020');
  expect(() => integerField(1, 0.5)).toThrow(RangeError);
});

it('writes floats, bytes, and field numbers of two bytes', () => {
  expect(hex(floatField(2, 1))).toBe('150000803f');
  expect(hex(bytesField(20, Uint8Array.of(1, 2)))).toBe('a201020102');
});

it('keeps the bytes of a field instead of copying them', () => {
  const data = new Uint8Array(300);
  const outer = messageField(1, message(textField(1, 'a'), bytesField(9, data)));
  expect(outer.chunks).toContain(data);
  expect(outer.byteLength).toBe(hex(outer).length / 2);
});
