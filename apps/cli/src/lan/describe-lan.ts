import type { LanCertificate } from './lan-certificate.ts';
import { AUTHORITY_PATH, type LanServer } from './open-lan.ts';
import { drawQrCode } from './qr-code.ts';

/** What is printed for whoever holds the phone. */
export function describeLan(
  { names, certificate }: LanServer,
  port: number,
  hasColours: boolean,
): string {
  const [first] = names.addresses;
  const local = `https://localhost:${port}`;
  if (first === undefined) {
    return `Manyhands is at ${local}, for this machine alone: it has no address on a network. Connect it to one and start again.\n`;
  }
  const urlOf = (host: string) => `https://${host}:${port}`;
  const others = [...names.addresses.slice(1).map(urlOf), urlOf(names.hostname), local];
  return `
${drawQrCode(urlOf(first), hasColours)}

Manyhands is at  ${urlOf(first)}   (scan the code with a phone on the same network)
also             ${others.join('\n                 ')}

${describeRenewal(certificate)}

Once on each device, because nobody vouches for a certificate made at home:
  Android, Windows, Linux, macOS   open the address and pass the warning (Advanced, Proceed).
  iPhone, iPad                     Safari may refuse WebSockets until the certificate is trusted:
    1. open ${urlOf(first)}${AUTHORITY_PATH}, pass the warning, allow the download
    2. Settings, General, VPN & Device Management: install "${commonNameOf(certificate)}"
    3. Settings, General, About, Certificate Trust Settings: switch it on
  Compare its SHA-256 fingerprint, which is
    ${certificate.authority.fingerprint256}

What does not work this way:
  - The warning stays until a device trusts the certificate. Browsers install no service worker
    behind a warning, so the site is not kept for offline use there; WebGPU, storage and WebRTC work.
  - Names that end in .local need mDNS: Android knows them since version 12, Windows since 10,
    Linux with Avahi. The address always works.
  - Guest networks often keep devices apart. If the page does not open, use another network; if it
    opens and tabs find no direct path, the relay carries their records, more slowly.
  - Phones leave pages that are not looked at: keep the tab open and the screen on to contribute.
\n`;
}

function describeRenewal({ renewal, isNewAuthority }: LanCertificate): string {
  if (isNewAuthority) return 'A certificate was made and is kept in the data directory.';
  switch (renewal) {
    case undefined:
      return 'The certificate of an earlier run still serves.';
    case 'names':
      return 'The certificate was renewed because addresses changed. Devices that trust it need nothing; those that passed a warning see it again.';
    case 'expires':
    case 'missing':
    case 'other-authority':
      return 'The certificate was renewed. Devices that trust it need nothing; those that passed a warning see it again.';
    default:
      return renewal satisfies never;
  }
}

function commonNameOf({ authority }: LanCertificate): string {
  return /^CN=(.+)$/m.exec(authority.subject)?.[1] ?? 'Manyhands';
}
