import { execFile } from 'node:child_process';
import { access, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { runChild } from './child.mjs';
import { repositoryRoot, say } from './repository.mjs';

/** Where systems put a Chromium with WebGPU; the first that starts is used. */
const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/opt/google/chrome/chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
];
const VERSION_TIMEOUT_MS = 30_000;
const INSTALL_TIMEOUT_MS = 10 * 60_000;

/**
 * The path of a Chromium for demo, eval and tests, installing one where the machine has none.
 * @returns {Promise<string>}
 */
export async function ensureChromium() {
  const found = await findChromium();
  if (found !== undefined) return found;
  for (const install of await installers()) {
    say(`No Chromium found. ${install.description} ...`);
    if (!(await install.run())) continue;
    const installed = await findChromium();
    if (installed !== undefined) return installed;
  }
  throw new Error(
    'No Chromium was found and none could be installed. Install Chromium or Google Chrome (on ' +
      'Debian: `sudo apt-get install chromium`), or set CHROMIUM to the path of one, and try again.',
  );
}

/** @returns {Promise<string | undefined>} */
export async function findChromium() {
  const chosen = process.env.CHROMIUM;
  if (chosen !== undefined && chosen !== '') {
    if (await starts(chosen)) return chosen;
    throw new Error(
      `CHROMIUM is ${chosen}, and that does not start. Correct it, or unset it to have one found.`,
    );
  }
  for (const place of [...PLACES, playwrightChromium()]) {
    if (place !== undefined && (await starts(place))) return place;
  }
  return undefined;
}

/** Ubuntu's chromium-browser may be a stub that only prints how to install a snap. */
async function starts(/** @type {string} */ path) {
  try {
    await access(path);
    // Chrome on Windows opens a window instead of printing its version.
    if (process.platform === 'win32') return true;
    const { stdout } = await promisify(execFile)(path, ['--version'], {
      timeout: VERSION_TIMEOUT_MS,
    });
    return /Chrom(e|ium)/.test(stdout);
  } catch {
    return false;
  }
}

/** @returns {string | undefined} */
function playwrightChromium() {
  try {
    const require = createRequire(join(repositoryRoot, 'package.json'));
    return require('playwright').chromium.executablePath();
  } catch {
    return undefined;
  }
}

/** @typedef {{ description: string, run: () => Promise<boolean> }} Installer */

/** @returns {Promise<Installer[]>} */
async function installers() {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const isDebian = /^ID=debian$/m.test(release);
  const isRoot = process.getuid?.() === 0;
  const hasApt = isDebian || /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(release);
  const apt = { description: 'Installing it with apt-get', run: installWithApt };
  const playwright = {
    description: 'Downloading one with Playwright',
    run: () => installWithPlaywright(isRoot && hasApt),
  };
  if (!isRoot || !hasApt) return [playwright];
  // Ubuntu's package is a snap, which containers cannot run.
  return isDebian ? [apt, playwright] : [playwright, apt];
}

async function installWithApt() {
  const options = {
    stdout: /** @type {const} */ ('stderr'),
    timeoutMs: INSTALL_TIMEOUT_MS,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  };
  if ((await runChild('apt-get', ['update', '-qq'], options)) !== 0) return false;
  const args = ['install', '-y', '-qq', '--no-install-recommends', 'chromium'];
  return (await runChild('apt-get', args, options)) === 0;
}

/** @param {boolean} withDependencies System libraries too: needs root and apt. */
async function installWithPlaywright(withDependencies) {
  const program = join(repositoryRoot, 'node_modules/playwright/cli.js');
  const args = [program, 'install', ...(withDependencies ? ['--with-deps'] : []), 'chromium'];
  const options = { stdout: /** @type {const} */ ('stderr'), timeoutMs: INSTALL_TIMEOUT_MS };
  return (await runChild(process.execPath, args, options)) === 0;
}
