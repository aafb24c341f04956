import { join } from 'node:path';
import { build } from './build.mjs';
import { runChild } from './child.mjs';
import { ensureChromium } from './chromium.mjs';
import { installDependencies } from './install.mjs';
import { repositoryRoot } from './repository.mjs';
import { runTests } from './test.mjs';

/** @typedef {{ targets: import('./build.mjs').Target[], needsChromium: boolean }} Needs */

/** @type {Record<string, Needs>} */
const NEEDS = {
  start: { targets: ['web', 'manyhands', 'sdk'], needsChromium: false },
  manyhands: { targets: ['web', 'manyhands'], needsChromium: false },
  build: { targets: ['web', 'manyhands', 'sdk'], needsChromium: false },
  test: { targets: [], needsChromium: false },
  demo: { targets: ['cli', 'harness'], needsChromium: true },
  eval: { targets: ['cli', 'harness'], needsChromium: true },
  bench: { targets: ['cli', 'bench'], needsChromium: true },
  simulate: { targets: ['cli'], needsChromium: false },
  catalog: { targets: ['cli'], needsChromium: false },
  docs: { targets: ['cli'], needsChromium: false },
  archive: { targets: ['cli', 'web', 'relay'], needsChromium: false },
  soak: { targets: ['cli', 'harness', 'relay'], needsChromium: true },
};
/** @type {Needs} */
const SWARM_BENCH = { targets: ['cli', 'harness', 'relay'], needsChromium: true };

/**
 * Prepares what a command needs and runs it; returns its exit code. Everything said on the way goes
 * to stderr: stdout belongs to the command.
 * @param {string[]} argv
 * @returns {Promise<number>}
 */
export async function runCommand([name = '', ...rest]) {
  const needs = name === 'bench' && rest[0] === 'swarm' ? SWARM_BENCH : NEEDS[name];
  if (!needs) {
    process.stderr.write(`Usage: npm run <${Object.keys(NEEDS).join('|')}> [-- options]\n`);
    return 2;
  }
  try {
    await installDependencies();
    if (name === 'test') return await runTests(rest);
    const env = { ...process.env };
    if (needs.needsChromium && !asksForHelp(rest) && !rest.includes('--dawn'))
      env.CHROMIUM = await ensureChromium();
    await build(needs.targets);
    if (name === 'build') return 0;
    return await runChild(process.execPath, programOf(name, rest), { env });
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

/**
 * @param {string} name
 * @param {string[]} rest
 */
function programOf(name, rest) {
  const operate = join(repositoryRoot, 'dist/manyhands/manyhands.js');
  if (name === 'start') return [operate, 'serve', ...rest];
  if (name === 'manyhands') return [operate, ...rest];
  return [join(repositoryRoot, 'dist/cli/main.js'), name, ...rest];
}

/** @param {string[]} args */
function asksForHelp(args) {
  return args.includes('--help') || args.includes('-h');
}
