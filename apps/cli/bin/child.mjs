import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { repositoryRoot } from './repository.mjs';

/** @type {NodeJS.Signals[]} */
const FORWARDED_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
/** After a timeout: how long a child may take to clean up before it is killed. */
const KILL_GRACE_MS = 10_000;

/**
 * Runs a program with our stdin and stderr, forwards signals, and resolves with its exit code.
 * `stdout: 'stderr'` is for tools whose output is progress.
 * @param {string} file
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, cwd?: string, stdout?: 'inherit' | 'stderr', timeoutMs?: number,
 *   shell?: boolean }} [options]
 * @returns {Promise<number>}
 */
export function runChild(file, args, options = {}) {
  const { env = process.env, cwd = repositoryRoot, stdout = 'inherit', shell = false } = options;
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd,
      env,
      shell,
      stdio: ['inherit', stdout === 'stderr' ? 2 : 'inherit', 'inherit'],
    });
    /** @type {NodeJS.Timeout[]} */
    const timers = [];
    if (options.timeoutMs !== undefined) {
      timers.push(setTimeout(expire, options.timeoutMs));
    }
    for (const signal of FORWARDED_SIGNALS) process.on(signal, forward);
    child.on('error', (error) => finish(127, error.message));
    child.on('exit', (code, signal) =>
      finish(code ?? 128 + constants.signals[signal ?? 'SIGTERM']),
    );

    /** @param {NodeJS.Signals} signal */
    function forward(signal) {
      // A terminal sends Ctrl-C to the whole group: forwarding would deliver it twice.
      if (signal === 'SIGINT' && process.stdin.isTTY) return;
      child.kill(signal);
    }
    function expire() {
      process.stderr.write(
        `${file} took longer than ${(options.timeoutMs ?? 0) / 60_000} minutes.\n`,
      );
      child.kill('SIGTERM');
      timers.push(setTimeout(() => child.kill('SIGKILL'), KILL_GRACE_MS));
    }
    /**
     * @param {number} code
     * @param {string} [message]
     */
    function finish(code, message) {
      for (const timer of timers) clearTimeout(timer);
      for (const signal of FORWARDED_SIGNALS) process.off(signal, forward);
      if (message !== undefined) process.stderr.write(`${file}: ${message}\n`);
      resolve(code);
    }
  });
}
