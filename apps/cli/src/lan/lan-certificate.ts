import { X509Certificate } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LAN_AUTHORITY_DAYS, LAN_CERTIFICATE_DAYS, LAN_RENEWAL_DAYS } from '../limits.ts';
import type { LanNames } from './lan-names.ts';
import { makeAuthority, makeCertificate, type PemPair } from './make-certificate.ts';

/** Why a certificate was made anew. */
export type Renewal = 'missing' | 'expires' | 'names' | 'other-authority';

export interface LanCertificate {
  /** What the server presents: its certificate and the authority's. */
  readonly tls: PemPair;
  readonly authority: X509Certificate;
  /** `undefined` where the one of an earlier run still serves. */
  readonly renewal: Renewal | undefined;
  /** Devices that trusted an earlier authority have to be told again. */
  readonly isNewAuthority: boolean;
  /** A folder with the authority's certificate alone, for devices to download. */
  readonly publicDirectory: string;
}

const DAY_MS = 86_400_000;
/** Names of the machine itself, in every certificate. */
const OWN = { hosts: ['localhost'], addresses: ['127.0.0.1'] };
export const AUTHORITY_FILE = 'manyhands.crt';

export function lanDirectory(dataDir: string): string {
  return join(dataDir, 'lan');
}

/** The kept certificate, or a new one where there is none for these names that counts for a while. */
export async function openLanCertificate(
  dataDir: string,
  names: LanNames,
  nowMs = Date.now(),
): Promise<LanCertificate> {
  const directory = lanDirectory(dataDir);
  const publicDirectory = join(directory, 'public');
  // The folder holds keys: nobody else of this machine may look.
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await mkdir(publicDirectory, { recursive: true });
  const keptAuthority = await readPair(directory, 'authority');
  const isNewAuthority = keptAuthority === undefined || endsSoon(keptAuthority.cert, nowMs);
  const authority = isNewAuthority
    ? await makeAuthority(`Manyhands on ${names.hostname}`, { nowMs, days: LAN_AUTHORITY_DAYS })
    : keptAuthority;
  if (isNewAuthority) await writePair(directory, 'authority', authority);
  await writeAside(join(publicDirectory, AUTHORITY_FILE), authority.cert, 0o644);

  const wanted = {
    hosts: [names.hostname, ...OWN.hosts],
    addresses: [...names.addresses, ...OWN.addresses],
  };
  const kept = await readPair(directory, 'certificate');
  const renewal = chooseRenewal(kept?.cert, authority.cert, wanted, nowMs);
  let pair = kept;
  if (pair === undefined || renewal !== undefined) {
    pair = await makeCertificate(authority, wanted, { nowMs, days: LAN_CERTIFICATE_DAYS });
    await writePair(directory, 'certificate', pair);
  }
  return {
    tls: { cert: `${pair.cert}\n${authority.cert}\n`, key: pair.key },
    authority: new X509Certificate(authority.cert),
    renewal,
    isNewAuthority,
    publicDirectory,
  };
}

/** What is kept, without making anything. */
export async function readLanCertificates(dataDir: string) {
  const read = async (name: string) => {
    const pair = await readPair(lanDirectory(dataDir), name);
    return pair && new X509Certificate(pair.cert);
  };
  return { authority: await read('authority'), certificate: await read('certificate') };
}

/** Forgets authority and certificate: the next `--lan` makes both anew. */
export function forgetLanCertificates(dataDir: string): Promise<void> {
  return rm(lanDirectory(dataDir), { recursive: true, force: true });
}

function chooseRenewal(
  pem: string | undefined,
  authorityPem: string,
  {
    hosts,
    addresses,
  }: { readonly hosts: readonly string[]; readonly addresses: readonly string[] },
  nowMs: number,
): Renewal | undefined {
  if (pem === undefined) return 'missing';
  const certificate = new X509Certificate(pem);
  if (!certificate.verify(new X509Certificate(authorityPem).publicKey)) return 'other-authority';
  if (endsSoon(pem, nowMs)) return 'expires';
  const isNamed =
    hosts.every((host) => certificate.checkHost(host) !== undefined) &&
    addresses.every((address) => certificate.checkIP(address) !== undefined);
  return isNamed ? undefined : 'names';
}

function endsSoon(pem: string, nowMs: number): boolean {
  return Date.parse(new X509Certificate(pem).validTo) - nowMs < LAN_RENEWAL_DAYS * DAY_MS;
}

/** Both files or neither; what cannot be read as a certificate counts as none. */
async function readPair(directory: string, name: string): Promise<PemPair | undefined> {
  try {
    const [cert, key] = await Promise.all([
      readFile(join(directory, `${name}.pem`), 'utf8'),
      readFile(join(directory, `${name}-key.pem`), 'utf8'),
    ]);
    new X509Certificate(cert);
    return { cert, key };
  } catch {
    return undefined;
  }
}

async function writePair(directory: string, name: string, { cert, key }: PemPair): Promise<void> {
  await writeAside(join(directory, `${name}-key.pem`), key, 0o600);
  await writeAside(join(directory, `${name}.pem`), cert, 0o644);
}

/** Under another name first: an interrupted run leaves no half of a key. */
async function writeAside(file: string, text: string, mode: number): Promise<void> {
  const aside = `${file}.${process.pid}`;
  await writeFile(aside, text, { mode });
  await rename(aside, file);
}
