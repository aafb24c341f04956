import { describe, expect, it } from 'vitest';
import { parseIceUrl } from './stun-channel.ts';
import {
  ATTRIBUTE,
  addressOf,
  encodeRequest,
  errorOf,
  METHOD,
  parseResponse,
} from './stun-message.ts';

/** The sample IPv4 response of RFC 5769, section 2.2. */
const RESPONSE = Buffer.from(
  `0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220
   002000080001a147e112a643000800142b91f599fd9e90c38c7489f92af9ba53f06be7d7
   80280004c07d4c96`.replace(/\s/g, ''),
  'hex',
);
/** The request with long-term authentication of RFC 5769, section 2.4. */
const REQUEST = Buffer.from(
  `000100602112a44278ad3433c6ad72c029da412e00060012e3839ee38388e383aae38383e382af
   e382b900000015001c662f2f3439396b39353464364f4c33346f4c394653547679363473410014
   000b6578616d706c652e6f72670000080014f67024656dd64a3e02b8e0712e85c9a28ca89666`.replace(/\s/g, ''),
  'hex',
);

describe('messages of STUN', () => {
  it("reads the RFC's own example", () => {
    const response = parseResponse(RESPONSE);
    expect(response?.isSuccess).toBe(true);
    expect(response?.transactionId.toString('hex')).toBe('b7e7a701bc34d686fa87dfae');
    expect(addressOf(response?.attributes.get(ATTRIBUTE.xorMappedAddress))).toBe('192.0.2.1');
  });

  it("proves who asks as the RFC's example does", () => {
    const credentials = {
      username: '\u30de\u30c8\u30ea\u30c3\u30af\u30b9',
      password: 'TheMatrIX',
      realm: 'example.org',
      nonce: 'f//499k954d6OL34oL9FSTvy64sA',
    };
    const id = REQUEST.subarray(8, 20);
    const request = encodeRequest(METHOD.binding, id, [], credentials);
    expect(request.toString('hex')).toBe(REQUEST.toString('hex'));
  });

  it('takes nothing that is cut off or made up', () => {
    for (let length = 0; length < RESPONSE.length; length += 1) {
      expect(parseResponse(RESPONSE.subarray(0, length))).toBeUndefined();
    }
    expect(parseResponse(REQUEST)).toBeUndefined();
    const lying = Buffer.from(RESPONSE);
    lying.writeUInt16BE(0xffff, 22);
    expect(parseResponse(lying)).toBeUndefined();
    const empty = { isSuccess: false, transactionId: Buffer.alloc(12), attributes: new Map() };
    expect(errorOf(empty).code).toBe(0);
  });

  it('reads addresses as browsers do', () => {
    expect(parseIceUrl('turn:t.example')).toMatchObject({ port: 3478, transport: 'udp' });
    expect(parseIceUrl('turns:[2001:db8::1]:443?transport=tcp')).toEqual({
      kind: 'turn',
      host: '2001:db8::1',
      port: 443,
      transport: 'tls',
    });
    expect(parseIceUrl('stun:s.example:19302')).toMatchObject({ kind: 'stun', port: 19302 });
    expect(parseIceUrl('http://s.example')).toBeUndefined();
  });
});
