import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runChild } from './child.mjs';
import { repositoryRoot, say } from './repository.mjs';

const PNPM = 'pnpm@12.21.0';
const INSTALL_TIMEOUT_MS = 10 * 60_000;

/**
 * Installs the packages of the lock file when they are missing or when the lock file changed. npx
 * brings the pinned pnpm, so that Node is all a fresh machine needs.
 */
export async function installDependencies() {
  const marker = join(repositoryRoot, 'node_modules/.manyhands-install');
  const lock = await readFile(join(repositoryRoot, 'pnpm-lock.yaml'));
  const wanted = createHash('sha256').update(lock).digest('hex');
  const [marked, installed] = await Promise.all([
    readFile(marker, 'utf8').catch(() => ''),
    // pnpm's own note of what it linked: somebody may have run it by hand.
    readFile(join(repositoryRoot, 'node_modules/.pnpm/lock.yaml')).catch(() => undefined),
  ]);
  if (installed !== undefined && (marked === wanted || installed.equals(lock))) return;

  say('Installing packages (once, and again when pnpm-lock.yaml changes) ...');
  const args = ['--yes', PNPM, 'install', '--frozen-lockfile', '--reporter=append-only'];
  const code = await runChild(isWindows ? 'npx.cmd' : 'npx', args, {
    // npx.cmd is a batch file, which Windows starts only through a shell.
    shell: isWindows,
    stdout: 'stderr',
    timeoutMs: INSTALL_TIMEOUT_MS,
    // Without it pnpm asks on a terminal before it replaces a node_modules it did not make.
    env: { ...process.env, CI: 'true' },
  });
  if (code !== 0) {
    throw new Error(
      `Installing packages failed (exit code ${code}). Check the network connection, then run ` +
        `\`npx --yes ${PNPM} install --frozen-lockfile\` in ${repositoryRoot} to see why.`,
    );
  }
  await writeFile(marker, wanted);
}

const isWindows = process.platform === 'win32';
