import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { NetworkInterfaceInfo } from 'node:os';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLanCertificate, readLanCertificates } from './lan-certificate.ts';
import { readLanNames } from './lan-names.ts';
import { makeCertificate } from './make-certificate.ts';

const address = (text: string, more: Partial<NetworkInterfaceInfo> = {}) =>
  ({ address: text, family: 'IPv4', internal: false, ...more }) as NetworkInterfaceInfo;

describe('readLanNames', () => {
  it('puts first what a phone will reach, and leaves out what none can', () => {
    const interfaces = {
      lo: [address('127.0.0.1', { internal: true })],
      docker0: [address('172.17.0.1')],
      tun0: [address('10.8.0.2')],
      wlan0: [address('192.168.1.20'), address('fe80::1', { family: 'IPv6' })],
      usb0: [address('169.254.3.4')],
      eth0: [address('203.0.113.9')],
    };
    expect(readLanNames(interfaces, 'Desk.example.org')).toEqual({
      addresses: ['192.168.1.20', '10.8.0.2', '203.0.113.9', '169.254.3.4', '172.17.0.1'],
      hostname: 'desk.local',
    });
    expect(readLanNames({}, '')).toEqual({ addresses: [], hostname: 'manyhands.local' });
  });
});

describe('openLanCertificate', () => {
  const names = { addresses: ['192.168.1.20'], hostname: 'desk.local' };
  const nowMs = Date.parse('2026-03-01T00:00:00Z');
  const days = (count: number) => nowMs + count * 86_400_000;
  let data: string;
  beforeAll(async () => {
    data = await mkdtemp(join(tmpdir(), 'manyhands lan '));
  });
  afterAll(() => rm(data, { recursive: true }));

  it('is kept, and made anew when addresses change or its time ends, under one authority', async () => {
    const first = await openLanCertificate(data, names, nowMs);
    expect(first).toMatchObject({ renewal: 'missing', isNewAuthority: true });
    const kept = await openLanCertificate(data, names, days(300));
    expect(kept).toMatchObject({ renewal: undefined, isNewAuthority: false, tls: first.tls });
    const moved = { ...names, addresses: ['192.168.1.21'] };
    const second = await openLanCertificate(data, moved, days(300));
    expect(second).toMatchObject({ renewal: 'names', isNewAuthority: false });
    expect(second.authority.fingerprint256).toBe(first.authority.fingerprint256);
    const third = await openLanCertificate(data, moved, days(300 + 370));
    expect(third).toMatchObject({ renewal: 'expires', isNewAuthority: false });
    const certificate = new X509Certificate(third.tls.cert);
    expect(certificate.verify(first.authority.publicKey)).toBe(true);
    expect(certificate.subjectAltName).toBe(
      'DNS:desk.local, DNS:localhost, IP Address:192.168.1.21, IP Address:127.0.0.1',
    );
  });

  it('is replaced where what is kept belongs to another authority or is damaged', async () => {
    const before = await openLanCertificate(data, names, nowMs);
    await writeFile(join(data, 'lan/authority.pem'), 'not a certificate');
    const after = await openLanCertificate(data, names, nowMs);
    expect(after).toMatchObject({ renewal: 'other-authority', isNewAuthority: true });
    expect(after.authority.fingerprint256).not.toBe(before.authority.fingerprint256);
    const { certificate } = await readLanCertificates(data);
    expect(certificate?.verify(after.authority.publicKey)).toBe(true);
  });

  it('cannot vouch for sites of the internet', async () => {
    await openLanCertificate(data, names, nowMs);
    const authority = {
      cert: await readFile(join(data, 'lan/authority.pem'), 'utf8'),
      key: await readFile(join(data, 'lan/authority-key.pem'), 'utf8'),
    };
    const now = { nowMs: Date.now(), days: 30 };
    const good = { hosts: ['desk.local'], addresses: ['192.168.1.20'] };
    expect(await connectTo(await makeCertificate(authority, good, now), authority.cert)).toBe('ok');
    const bad = { hosts: ['desk.local', 'bank.example'], addresses: [] };
    expect(await connectTo(await makeCertificate(authority, bad, now), authority.cert)).toMatch(
      /permitted subtree/,
    );
  });
});

/** A TLS connection to `desk.local` as Node makes it, which checks as OpenSSL does. */
async function connectTo(pair: { cert: string; key: string }, ca: string): Promise<string> {
  const server = createServer(pair, (socket) => socket.end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  try {
    return await new Promise((resolve) => {
      const socket = connect({ host: '127.0.0.1', port, ca, servername: 'desk.local' }, () => {
        resolve('ok');
        socket.destroy();
      });
      socket.on('error', (error) => resolve(error.message));
    });
  } finally {
    server.close();
  }
}
