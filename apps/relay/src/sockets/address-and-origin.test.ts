import { describe, expect, it } from 'vitest';
import { clientAddress } from './client-address.ts';
import { mayAsk, mayServe } from './origin-policy.ts';
import { createSocketCounter } from './socket-counter.ts';

describe('clientAddress', () => {
  it('ignores what the sender claims when no proxy is trusted', () => {
    expect(clientAddress('192.0.2.1', '198.51.100.1', 0)).toBe('192.0.2.1');
    expect(clientAddress('::ffff:192.0.2.1', undefined, 0)).toBe('192.0.2.1');
  });

  it('counts trusted proxies from the end of the list', () => {
    const list = '203.0.113.9, 198.51.100.1, 10.0.0.1';
    expect(clientAddress('127.0.0.1', list, 1)).toBe('10.0.0.1');
    expect(clientAddress('127.0.0.1', list, 2)).toBe('198.51.100.1');
    expect(clientAddress('127.0.0.1', 'nonsense', 1)).toBe('127.0.0.1');
    expect(clientAddress('127.0.0.1', undefined, 1)).toBe('127.0.0.1');
    expect(clientAddress('127.0.0.1', '198.51.100.1', 2)).toBe('127.0.0.1');
  });

  it('counts an IPv6 network, however its address is written', () => {
    const network = clientAddress('2001:db8:0:1::5', undefined, 0);
    expect(clientAddress('2001:0db8:0000:0001:ffff::1%eth0', undefined, 0)).toBe(network);
    expect(clientAddress('2001:db8:0:2::5', undefined, 0)).not.toBe(network);
    expect(clientAddress('::1', undefined, 0)).toBe('0:0:0:0');
  });
});

describe('mayServe', () => {
  const own = { origins: [], relays: [] };

  it('takes the host it was reached at', () => {
    expect(mayServe('http://127.0.0.1:8787', '127.0.0.1:8787', own)).toBe(true);
    expect(mayServe('https://hands.example', 'hands.example', own)).toBe(true);
    expect(mayServe('https://hands.example', 'hands.example:443', own)).toBe(true);
    expect(mayServe('http://127.0.0.1:8788', '127.0.0.1:8787', own)).toBe(false);
    expect(mayServe('https://evil.example', 'hands.example', own)).toBe(false);
  });

  it('takes only listed origins where there is a list, and those of sister relays', () => {
    const listed = { origins: ['https://hands.example'], relays: ['https://sister.example'] };
    expect(mayServe('https://hands.example', 'internal:8787', listed)).toBe(true);
    expect(mayServe('https://sister.example', 'internal:8787', listed)).toBe(true);
    expect(mayServe('http://internal:8787', 'internal:8787', listed)).toBe(false);
  });

  it.each(['', 'null', 'file:///x', 'nonsense'])('takes no compute from "%s"', (origin) => {
    expect(mayServe(origin, '127.0.0.1:8787', own)).toBe(false);
    expect(mayServe(origin, undefined, own)).toBe(false);
    expect(mayServe(origin, '', own)).toBe(false);
  });
});

describe('mayAsk', () => {
  const host = 'hands.example';

  it.each(['https://other.example', 'null', ''])('lets "%s" ask where anybody may', (origin) => {
    expect(mayAsk(origin, host, { origins: [], relays: [], askers: '*' })).toBe(true);
  });

  it('lets listed sites ask beside the own pages, and nobody else', () => {
    const policy = { origins: [], relays: [], askers: ['https://friend.example'] };
    expect(mayAsk('https://friend.example', host, policy)).toBe(true);
    expect(mayAsk('https://hands.example', host, policy)).toBe(true);
    expect(mayAsk('https://other.example', host, policy)).toBe(false);
    expect(mayAsk('', host, policy)).toBe(false);
  });
});

describe('createSocketCounter', () => {
  it('opens, then refuses with a reason, then drops, and forgets who left', () => {
    const counter = createSocketCounter(2);
    const admitted = Array.from({ length: 5 }, () => counter.admit('a'));
    expect(admitted).toEqual(['open', 'open', 'refuse', 'refuse', 'drop']);
    expect(counter.admit('b')).toBe('open');
    for (let index = 0; index < 4; index += 1) counter.release('a');
    expect(counter.total).toBe(1);
    expect(counter.admit('a')).toBe('open');
  });
});
