import 'reflect-metadata';
import * as x509 from '@peculiar/x509';

/** A certificate and its private key, both PEM. */
export interface PemPair {
  readonly cert: string;
  readonly key: string;
}

export interface Validity {
  readonly nowMs: number;
  readonly days: number;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 86_400_000;
/** Phones whose clock is behind should not find a certificate of tomorrow. */
const BACKDATED_MS = DAY_MS;
const SERVER_AUTHENTICATION = '1.3.6.1.5.5.7.3.1';

/**
 * `NameConstraints` (RFC 5280, section 4.2.1.10) that permit the DNS names `local`, what is below it, and
 * `localhost`, and every IPv4 address. Whoever steals the key of an authority that somebody's phone
 * trusts can pretend to be a device of their network with it, and no site on the internet.
 */
const NAME_CONSTRAINTS = Buffer.concat([
  Buffer.from([0x30, 0x24, 0xa0, 0x22]),
  Buffer.from([0x30, 0x07, 0x82, 0x05]),
  Buffer.from('local'),
  Buffer.from([0x30, 0x0b, 0x82, 0x09]),
  Buffer.from('localhost'),
  Buffer.from([0x30, 0x0a, 0x87, 0x08, 0, 0, 0, 0, 0, 0, 0, 0]),
]);

/** The authority that devices are told to trust: it stays when addresses change. */
export async function makeAuthority(name: string, validity: Validity): Promise<PemPair> {
  const keys = await makeKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [name] }, { O: ['Manyhands'] }],
    keys,
    ...datesOf(validity),
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      new x509.Extension('2.5.29.30', true, NAME_CONSTRAINTS),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { cert: certificate.toString('pem'), key: await exportKey(keys.privateKey) };
}

/** A server's certificate for names and IPv4 addresses, signed by the authority. */
export async function makeCertificate(
  authority: PemPair,
  names: { readonly hosts: readonly string[]; readonly addresses: readonly string[] },
  validity: Validity,
): Promise<PemPair> {
  const issuer = new x509.X509Certificate(authority.cert);
  const keys = await makeKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    subject: [{ CN: ['Manyhands on this network'] }],
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey: await importKey(authority.key),
    ...datesOf(validity),
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([SERVER_AUTHENTICATION]),
      new x509.SubjectAlternativeNameExtension([
        ...names.hosts.map((value) => ({ type: 'dns' as const, value })),
        ...names.addresses.map((value) => ({ type: 'ip' as const, value })),
      ]),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return { cert: certificate.toString('pem'), key: await exportKey(keys.privateKey) };
}

function datesOf({ nowMs, days }: Validity) {
  return {
    notBefore: new Date(nowMs - BACKDATED_MS),
    notAfter: new Date(nowMs - BACKDATED_MS + days * DAY_MS),
  };
}

function makeKeys() {
  return crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

async function exportKey(key: CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

function importKey(pem: string) {
  const [bytes = new ArrayBuffer(0)] = x509.PemConverter.decode(pem);
  return crypto.subtle.importKey('pkcs8', bytes, ALGORITHM, false, ['sign']);
}
