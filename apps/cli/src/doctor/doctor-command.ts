import { readFile } from 'node:fs/promises';
import { rootCertificates } from 'node:tls';
import { RelayError } from '@manyhands/relay/error';
import { type RelaySettings, readSettings } from '@manyhands/relay/settings';
import type { CommandContext } from '../command-context.ts';
import { CliError } from '../error.ts';
import { readLanCertificates } from '../lan/lan-certificate.ts';
import { readOptions } from '../read-options.ts';
import { checkCatalogue } from './check-catalogue.ts';
import { checkIceServers } from './check-ice.ts';
import { checkClock, checkDataDir, checkNode, checkPort, checkSite } from './check-machine.ts';
import { checkPublic } from './check-public.ts';
import { checkReports } from './check-reports.ts';
import { checkSettings } from './check-settings.ts';
import { type Finding, problem } from './finding.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export const DOCTOR_USAGE = `Usage: manyhands doctor [--json]
Looks at this installation with the settings of the environment: Node, port, data directory, clock,
catalogue, STUN and TURN servers, and with PUBLIC_ORIGIN what people get from outside. Says the remedy of
each problem. Exit code 1 where there is one.`;

/** Says what is wrong with an installation. Rejects with `unhealthy` where there is a problem. */
export async function runDoctor(
  args: readonly string[],
  { write }: CommandContext,
  env: Environment = process.env,
): Promise<void> {
  const options = { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const;
  const { json = false, help } = readOptions(args, options, DOCTOR_USAGE);
  if (help === true) return write(`${DOCTOR_USAGE}\n`);
  const findings = await examine(env);
  const problems = findings.filter(({ level }) => level === 'problem').length;
  write(json ? `${JSON.stringify({ problems, findings }, undefined, 2)}\n` : format(findings));
  if (problems === 0) return;
  throw new CliError('unhealthy', problems === 1 ? '1 problem.' : `${problems} problems.`);
}

async function examine(env: Environment): Promise<Finding[]> {
  const node = checkNode(process.versions.node);
  let settings: RelaySettings;
  try {
    settings = readSettings(env);
  } catch (error) {
    if (!(error instanceof RelayError)) throw error;
    return [node, problem('settings', error.message, 'The relay does not start with it.')];
  }
  const nowMs = Date.now();
  const { publicOrigin } = settings;
  const ca = await authorities(settings, env);
  const groups = await Promise.all([
    checkPort(settings, ca),
    checkDataDir(settings),
    checkSite(settings),
    checkClock(nowMs),
    checkCatalogue(settings),
    checkSettings(settings),
    checkReports(settings),
    checkIceServers(settings, nowMs),
    publicOrigin === undefined ? [] : checkPublic(publicOrigin, ca, nowMs),
  ]);
  return [node, ...groups.flat()];
}

/**
 * Those that every browser knows, the one that devices of this network were told to trust, and those that
 * Node was told of, which it forgets where a list is given.
 */
async function authorities(
  { dataDir }: RelaySettings,
  { NODE_EXTRA_CA_CERTS: extraFile }: Environment,
): Promise<string[]> {
  const { authority } = await readLanCertificates(dataDir);
  const extra = extraFile ? await readFile(extraFile, 'utf8').catch(() => undefined) : undefined;
  return [...rootCertificates, authority?.toString(), extra].filter((pem) => pem !== undefined);
}

const WORDS = { ok: 'ok     ', note: 'note   ', problem: 'PROBLEM' };

function format(findings: readonly Finding[]): string {
  return findings
    .map(({ level, text, remedy }) => {
      const line = `${WORDS[level]}  ${text}\n`;
      return remedy === undefined ? line : `${line}           ${remedy}\n`;
    })
    .join('');
}
