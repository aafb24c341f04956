import { resolve } from 'node:path';
import type { CommandContext } from '../command-context.ts';
import { dataDirectory } from '../data-directory.ts';
import {
  forgetLanCertificates,
  lanDirectory,
  readLanCertificates,
} from '../lan/lan-certificate.ts';
import { KEYS_USAGE, readKeysOptions } from './keys-options.ts';
import { fingerprintOf, makeTurnSecret, writeTurnSecret } from './turn-secret.ts';

/** Shows, makes and replaces what is secret about an installation. */
export async function runKeys(
  args: readonly string[],
  { write, say, callerDirectory }: CommandContext,
): Promise<void> {
  const options = readKeysOptions(args);
  const dataDir = dataDirectory();
  switch (options.action) {
    case 'help':
      return write(`${KEYS_USAGE}\n`);
    case 'show':
      return write(await describeKeys(dataDir, process.env.TURN_SECRET ?? ''));
    case 'make-turn': {
      const secret = makeTurnSecret();
      if (options.file === undefined) {
        write(`TURN_SECRET=${secret}\n`);
        return say('Give it to the relay, and to coturn as static-auth-secret.\n');
      }
      const done = await writeTurnSecret(resolve(callerDirectory, options.file), secret);
      write(`TURN_SECRET ${done} in ${options.file} (${fingerprintOf(secret)})\n`);
      return say('Start relay and TURN server again together: tabs then get new credentials.\n');
    }
    case 'rotate-lan':
      await forgetLanCertificates(dataDir);
      write('The next start with --lan makes a new authority: devices have to trust that one.\n');
      return say('Remove the old one from devices that trust it.\n');
    default:
      options satisfies never;
  }
}

async function describeKeys(dataDir: string, turnSecret: string): Promise<string> {
  const { authority, certificate } = await readLanCertificates(dataDir);
  const turn =
    turnSecret === ''
      ? 'none in this environment (TURN_SECRET)'
      : `${fingerprintOf(turnSecret)} (start of its SHA-256), from TURN_SECRET`;
  const lan =
    authority === undefined
      ? 'none yet; the first start with --lan makes it'
      : `SHA-256 ${authority.fingerprint256}\n                 until ${authority.validTo}, in ${lanDirectory(dataDir)}`;
  const served =
    certificate === undefined
      ? 'none yet'
      : `${certificate.subjectAltName ?? ''}\n                 until ${certificate.validTo}`;
  return `Relay            no key: it makes up an id at each start, and signatures of tabs bind it
TURN secret      ${turn}
--lan authority  ${lan}
--lan server     ${served}
`;
}
