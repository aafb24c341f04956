import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase64, encodeBase64 } from './base64.ts';
import { ProtocolError } from './error.ts';
import {
  EMBEDDING_DEADLINE_MS_MAX,
  EMBEDDING_TEXTS_MAX,
  PEER_MESSAGE_BYTES_MAX,
  RELAY_MESSAGE_BYTES_MAX,
  REPORT_NOTE_LENGTH_MAX,
  REPORT_PEERS_MAX,
  REPORT_TEXT_LENGTH_MAX,
  ROUND_TRIP_MS_MAX,
  TALLY_TOKENS_MAX,
} from './limits.ts';
import { type PeerMessage, parsePeerMessage } from './peer-message.ts';
import { parseFromRelay, parseToRelay, type ToRelay } from './relay-message.ts';
import { parseSignal, type Signal } from './signal.ts';
import { chooseVersion, inVersion, isSpoken, PROTOCOL_VERSIONS } from './version.ts';

const id = (length: number) => encodeBase64(new Uint8Array(length).fill(7));
const peerId = `${id(16)}.${id(8)}`;
const open: PeerMessage = {
  type: 'open-session',
  sessionId: id(16),
  epoch: 0,
  modelRoot: 'ab'.repeat(32),
  firstBlock: 0,
  endBlock: 4,
  embeds: true,
  heads: false,
  positionsMax: 512,
  upstream: peerId,
  downstream: peerId,
  activation: 'f32',
  replayTo: 0,
  forwardsReplay: false,
  prefixKeys: ['0f'.repeat(16)],
};
const embed: PeerMessage = {
  type: 'request-embedding',
  requestId: id(16),
  modelRoot: 'ab'.repeat(32),
  texts: ['Many hands', 'a cat'],
  deadlineMs: 5_000,
};
const hello: ToRelay = {
  type: 'hello',
  versions: { min: 1, max: 1 },
  alg: 'Ed25519',
  publicKey: id(32),
  tabId: id(8),
  nonce: id(32),
};
const offer: Signal = { type: 'offer', dialId: id(32), restart: 0, sdp: 'v=0\r\n' };
const report: ToRelay = {
  type: 'report',
  requestId: 1,
  reason: 'wrong',
  modelRoot: 'ab'.repeat(32),
  peerIds: [peerId],
};
const join: ToRelay = { type: 'join-tunnel', tunnelId: id(16), peerId };
const tunnelOffer: Signal = {
  type: 'tunnel-offer',
  dialId: id(32),
  tunnelId: id(16),
  key: { alg: 'X25519', publicKey: id(32) },
};

describe.each([
  ['parsePeerMessage of a session', parsePeerMessage, open],
  ['parsePeerMessage of an embedding', parsePeerMessage, embed],
  ['parseToRelay', parseToRelay, hello],
  ['parseToRelay of a tunnel', parseToRelay, join],
  ['parseToRelay of a report', parseToRelay, report],
  ['parseSignal', parseSignal, offer],
  ['parseSignal of a tunnel', parseSignal, tunnelOffer],
] as [string, (text: string) => unknown, object][])('%s', (_, parse, message) => {
  it('takes a right message as it is', () => {
    expect(parse(JSON.stringify(message))).toEqual(message);
  });

  it('refuses a missing, changed or extra field', () => {
    for (const name of Object.keys(message)) {
      expect(codeOf(() => parse(JSON.stringify({ ...message, [name]: undefined })))).toBe(
        'malformed',
      );
      expect(codeOf(() => parse(JSON.stringify({ ...message, [name]: [null] })))).toBe('malformed');
    }
    expect(codeOf(() => parse(JSON.stringify({ ...message, extra: 1 })))).toBe('malformed');
  });

  it('refuses every truncation, and random JSON, with a code', () => {
    const text = JSON.stringify(message);
    for (let length = 0; length < text.length; length++) {
      expect(codeOf(() => parse(text.slice(0, length)))).toBe('malformed');
    }
    void fc.assert(
      fc.property(fc.json(), (json) => codeOf(() => parse(json)) === 'malformed'),
      { numRuns: 500 },
    );
  });
});

describe('bounds of messages', () => {
  it('takes numbered pings, and round trips within reason', () => {
    const codeOfMessage = (message: object) =>
      codeOf(() => parsePeerMessage(JSON.stringify(message)));
    expect(codeOfMessage({ type: 'ping', id: 3 })).toBe('no error');
    expect(codeOfMessage({ type: 'pong', id: 3 })).toBe('no error');
    for (const id of [-1, 0.5, '1', undefined]) {
      expect(codeOfMessage({ type: 'ping', id })).toBe('malformed');
    }
    const opened = { type: 'session-opened', sessionId: id(16), epoch: 0, reusedPositions: 0 };
    for (const roundTripMs of [undefined, 0, 31.5, ROUND_TRIP_MS_MAX]) {
      expect(codeOfMessage({ ...opened, roundTripMs })).toBe('no error');
    }
    for (const roundTripMs of [-1, ROUND_TRIP_MS_MAX + 1, '31', null]) {
      expect(codeOfMessage({ ...opened, roundTripMs })).toBe('malformed');
    }
  });

  it('refuses oversized text before reading it', () => {
    const long = ' '.repeat(RELAY_MESSAGE_BYTES_MAX + 1);
    expect(codeOf(() => parseToRelay(long))).toBe('too-large');
    expect(codeOf(() => parseFromRelay(long))).toBe('too-large');
    expect(codeOf(() => parsePeerMessage(' '.repeat(PEER_MESSAGE_BYTES_MAX + 1)))).toBe(
      'too-large',
    );
  });

  it('bounds the texts, the time and the reasons of an embedding', () => {
    const codeOfChange = (changes: object) =>
      codeOf(() => parsePeerMessage(JSON.stringify({ ...embed, ...changes })));
    expect(codeOfChange({ texts: new Array(EMBEDDING_TEXTS_MAX).fill('a') })).toBe('no error');
    for (const texts of [[], [''], new Array(EMBEDDING_TEXTS_MAX + 1).fill('a'), ['a', 1], 'a']) {
      expect(codeOfChange({ texts })).toBe('malformed');
    }
    expect(codeOfChange({ texts: ['x'.repeat(PEER_MESSAGE_BYTES_MAX)] })).toBe('too-large');
    for (const deadlineMs of [0, 99, EMBEDDING_DEADLINE_MS_MAX + 1, 1.5, -1]) {
      expect(codeOfChange({ deadlineMs })).toBe('malformed');
    }
    const failed = { type: 'embedding-failed', requestId: id(16), message: '' };
    const codeOfFailure = (code: string) =>
      codeOf(() => parsePeerMessage(JSON.stringify({ ...failed, code })));
    expect(codeOfFailure('busy')).toBe('no error');
    expect(codeOfFailure('other')).toBe('malformed');
  });

  it('takes a report in any script as one message, and none with more', () => {
    const codeOfReport = (more: object) =>
      codeOf(() => parseToRelay(JSON.stringify({ ...report, ...more })));
    const longest = {
      peerIds: new Array(REPORT_PEERS_MAX).fill(peerId),
      note: '手'.repeat(REPORT_NOTE_LENGTH_MAX),
      text: '手'.repeat(REPORT_TEXT_LENGTH_MAX),
    };
    expect(codeOfReport(longest)).toBe('no error');
    expect(new TextEncoder().encode(JSON.stringify({ ...report, ...longest })).length).toBeLessThan(
      RELAY_MESSAGE_BYTES_MAX - 2_000,
    );
    for (const [name, value] of Object.entries(longest)) {
      const more = typeof value === 'string' ? `${value}x` : [...value, peerId];
      expect(codeOfReport({ [name]: more }), name).toBe('malformed');
    }
    expect(codeOfReport({ reason: 'boring' })).toBe('malformed');
    expect(codeOfReport({ note: '' })).toBe('malformed');
  });

  it('takes tallies of whole tokens within reason', () => {
    const codeOfTally = (tokens: unknown) =>
      codeOf(() => parseToRelay(JSON.stringify({ type: 'tally', tokens })));
    for (const tokens of [1, TALLY_TOKENS_MAX]) expect(codeOfTally(tokens)).toBe('no error');
    for (const tokens of [0, -1, 1.5, '1', TALLY_TOKENS_MAX + 1]) {
      expect(codeOfTally(tokens)).toBe('malformed');
    }
  });

  it('keeps what is new from sockets of the version before', () => {
    const { min, max } = PROTOCOL_VERSIONS;
    expect({ min, max }).toEqual({ min: 4, max: 5 });
    for (const type of ['report', 'tally', 'reported'] as const) {
      expect([4, 5].map((version) => isSpoken(type, version))).toEqual([false, true]);
    }
    for (const type of ['announce', 'signal-to', 'welcome'] as const) {
      expect(isSpoken(type, min)).toBe(true);
    }
  });

  it('tells why a placement is proposed only where the other end knows the field', () => {
    const proposal = { kind: 'embedding', modelRoot: 'a'.repeat(64) } as const;
    const told = { type: 'placement-proposal', requestId: 1, proposal, reason: 'So.' } as const;
    const message = { ...told, why: { code: 'as-asked' } } as const;
    expect(inVersion(message, 5)).toEqual(message);
    expect(inVersion(message, 4)).toEqual(told);
    expect(parseFromRelay(JSON.stringify(message))).toEqual(message);
    const unknown = { ...message, why: { code: 'for-luck' } };
    expect(codeOf(() => parseFromRelay(JSON.stringify(unknown)))).toBe('malformed');
  });

  it('agrees on the highest common version, or on none', () => {
    expect(chooseVersion({ min: 1, max: 3 }, { min: 2, max: 5 })).toBe(3);
    expect(chooseVersion({ min: 1, max: 1 }, { min: 2, max: 2 })).toBeUndefined();
    expect(chooseVersion({ min: 4, max: 5 }, { min: 1, max: 3 })).toBeUndefined();
  });
});

describe('base64', () => {
  it('brings any bytes back', () => {
    void fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(decodeBase64(encodeBase64(bytes))).toEqual(new Uint8Array(bytes));
      }),
    );
  });

  it('has one text for each value: refuses padding, other alphabets and unused bits', () => {
    expect(encodeBase64(Uint8Array.of(0xfb, 0xff))).toBe('-_8');
    for (const text of ['-_9', 'AB', 'A', 'AA==', '+/8', 'A A', 'AA\n']) {
      expect(
        codeOf(() => decodeBase64(text)),
        text,
      ).toBe('malformed');
    }
  });
});

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return error instanceof ProtocolError ? error.code : 'not coded';
  }
  return 'no error';
}
