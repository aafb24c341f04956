import { describe, expect, it } from 'vitest';
import { clientAddress } from './client-address.ts';
import { isOwnOrigin } from './origin-policy.ts';
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

describe('isOwnOrigin', () => {
  it('takes the host it was reached at', () => {
    expect(isOwnOrigin('http://127.0.0.1:8787', '127.0.0.1:8787', [])).toBe(true);
    expect(isOwnOrigin('https://hands.example', 'hands.example', [])).toBe(true);
    expect(isOwnOrigin('https://hands.example', 'hands.example:443', [])).toBe(true);
    expect(isOwnOrigin('http://127.0.0.1:8788', '127.0.0.1:8787', [])).toBe(false);
    expect(isOwnOrigin('https://evil.example', 'hands.example', [])).toBe(false);
  });

  it('takes only listed origins where there is a list', () => {
    const origins = ['https://hands.example'];
    expect(isOwnOrigin('https://hands.example', 'internal:8787', origins)).toBe(true);
    expect(isOwnOrigin('http://internal:8787', 'internal:8787', origins)).toBe(false);
  });

  it.each(['', 'null', 'file:///x', 'nonsense'])('takes no compute from "%s"', (origin) => {
    expect(isOwnOrigin(origin, '127.0.0.1:8787', [])).toBe(false);
    expect(isOwnOrigin(origin, undefined, [])).toBe(false);
    expect(isOwnOrigin(origin, '', [])).toBe(false);
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
