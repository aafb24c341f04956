import { hostname, networkInterfaces } from 'node:os';
import type { RelayOptions } from '@manyhands/relay/create-relay';
import { AUTHORITY_FILE, type LanCertificate, openLanCertificate } from './lan-certificate.ts';
import { type LanNames, readLanNames } from './lan-names.ts';

/** What a relay needs to serve the devices of this network, and what people need to know. */
export interface LanServer {
  readonly names: LanNames;
  readonly certificate: LanCertificate;
  readonly tls: NonNullable<RelayOptions['tls']>;
  readonly staticDirs: Readonly<Record<string, string>>;
}

/** Where devices find the certificate that they are told to trust. */
export const AUTHORITY_PATH = `/lan/${AUTHORITY_FILE}`;

export async function openLan(dataDir: string): Promise<LanServer> {
  const names = readLanNames(networkInterfaces(), hostname());
  const certificate = await openLanCertificate(dataDir, names);
  return {
    names,
    certificate,
    tls: certificate.tls,
    staticDirs: { '/lan': certificate.publicDirectory },
  };
}
