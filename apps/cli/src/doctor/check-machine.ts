import { mkdir, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { RelaySettings } from '@manyhands/relay/settings';
import { FREE_BYTES_ENOUGH, FREE_BYTES_MIN } from '../limits.ts';
import { askWeb, isHealthy } from './ask-web.ts';
import { type Finding, note, ok, problem } from './finding.ts';

/** The oldest Node that is tested with. */
const NODE_MIN = { major: 20, minor: 19 };

export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isNew = major > NODE_MIN.major || (major === NODE_MIN.major && minor >= NODE_MIN.minor);
  if (isNew) return ok('node', `Node ${version}`);
  const wanted = `${NODE_MIN.major}.${NODE_MIN.minor}`;
  return problem('node', `Node is ${version}`, `Install Node ${wanted} or newer.`);
}

/** Free, or taken by a relay already. */
export async function checkPort(
  { host, port }: RelaySettings,
  ca: readonly string[],
): Promise<Finding> {
  const place = `${host}:${port}`;
  const error = await tryListening(host, port);
  if (error === undefined) return ok('port', `${place} is free`);
  if (error.code === 'EADDRINUSE') {
    if (await isRelay(host, port, ca)) return ok('port', `a relay serves at ${place}`);
    return problem('port', `another program listens at ${place}`, 'Set PORT to another one.');
  }
  const remedy =
    error.code === 'EACCES'
      ? 'Ports below 1024 need rights: use a higher PORT behind a proxy.'
      : 'Check HOST: it has to be an address of this machine, or 0.0.0.0 for all of them.';
  return problem('port', `cannot listen at ${place} (${error.code ?? error.message})`, remedy);
}

function tryListening(host: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', resolve);
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
}

/** With `--lan` it speaks https. */
async function isRelay(host: string, port: number, ca: readonly string[]): Promise<boolean> {
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  const authority = `${name.includes(':') ? `[${name}]` : name}:${port}`;
  const answers = await Promise.allSettled(
    ['http', 'https'].map((scheme) => askWeb(`${scheme}://${authority}/healthz`, { ca })),
  );
  return answers.some((answer) => answer.status === 'fulfilled' && isHealthy(answer.value));
}

/** Manifests, added models and certificates are kept there. */
export async function checkDataDir({ dataDir }: RelaySettings): Promise<Finding> {
  const probe = join(dataDir, `.doctor-${process.pid}`);
  try {
    await mkdir(dataDir, { recursive: true });
    await writeFile(probe, 'x');
    await rm(probe);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const remedy = `Let the user that runs the relay write there, or set DATA_DIR.`;
    return problem('data-directory', `cannot write to ${dataDir} (${code})`, remedy);
  }
  const { bavail, bsize } = await statfs(dataDir);
  const free = bavail * bsize;
  const text = `${dataDir} is writable, ${formatBytes(free)} free`;
  const remedy = 'Models that are added are kept there: free some space, or set DATA_DIR.';
  if (free < FREE_BYTES_MIN) return problem('data-directory', text, remedy);
  return free < FREE_BYTES_ENOUGH
    ? note('data-directory', text, remedy)
    : ok('data-directory', text);
}

export async function checkSite({ siteDir }: RelaySettings): Promise<Finding> {
  const isBuilt = await stat(join(siteDir, 'index.html')).then(
    (info) => info.isFile(),
    () => false,
  );
  if (isBuilt) return ok('site', `the site is in ${siteDir}`);
  const remedy =
    'Run `npm run build`, or set SITE_DIR. Where another host serves the site, leave it.';
  return note('site', `there is no built site in ${siteDir}`, remedy);
}

/** A clock that is behind this very program is wrong; how far ahead it is only others know. */
export async function checkClock(nowMs: number): Promise<Finding> {
  const { mtimeMs } = await stat(import.meta.filename);
  const now = new Date(nowMs).toISOString();
  if (nowMs >= mtimeMs) return ok('clock', `it is ${now}`);
  const remedy = 'Set the clock (NTP): certificates and TURN credentials are bound to it.';
  return problem('clock', `the clock says ${now}, before this program was built`, remedy);
}

function formatBytes(bytes: number): string {
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
